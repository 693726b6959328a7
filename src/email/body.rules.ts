import { decoded, type Header, readHeader } from './header.rules.ts';
import { decodeBytes, htmlToPlain, plainToHtml, unflow } from './text.rules.ts';

/** A part that is not shown as text. */
export interface BodyAttachment {
  filename: string | null;
  contentType: string;
  contentId: string | null;
  inline: boolean;
  content: () => Uint8Array;
}

/** What a message holds below its header. `text` and `html` are as decoded, not yet cleaned or cut. */
export interface Body {
  text: string | null;
  html: string | null;
  attachments: BodyAttachment[];
  /** The method of a text/calendar part (RFC 5545), upper-case, e.g. `REQUEST`. */
  calendarMethod: string | null;
  /** The structure was broken or absurd, so that something may be missing or shown as it stands. */
  damaged: boolean;
}

/** Text of one place in the message, in one or both forms. */
interface Segment {
  text: string | null;
  html: string | null;
}

interface Reading {
  source: Buffer;
  segments: Segment[];
  attachments: BodyAttachment[];
  calendarMethod: string | null;
  parts: number;
  damaged: boolean;
}

interface Part {
  header: Header;
  start: number;
  end: number;
  depth: number;
  /** Where an enclosing multipart/alternative gathers its forms. */
  segment: Segment | null;
}

const MAX_DEPTH = 12;
const MAX_PARTS = 500;

/**
 * Reads a body in one pass without copying the parts it does not show: several times faster than the stock parsers, and
 * made for broken mail. A multipart without its boundary lines is text; parts that are too deep or too many are left out
 * (`damaged`). Never throws.
 */
export function readBody(source: Buffer, header: Header, bodyStart: number): Body {
  const reading: Reading = { source, segments: [], attachments: [], calendarMethod: null, parts: 0, damaged: false };
  readPart(reading, { header, start: bodyStart, end: source.length, depth: 0, segment: null });
  const { segments, attachments, calendarMethod, damaged } = reading;
  return { ...joinSegments(segments), attachments, calendarMethod, damaged };
}

function readPart(reading: Reading, part: Part): void {
  reading.parts += 1;
  if (part.depth > MAX_DEPTH || reading.parts > MAX_PARTS) {
    reading.damaged = true;
    return;
  }
  const { value: type, params } = part.header.parameters('content-type');
  const multipart = type.startsWith('multipart/');
  const disposition = part.header.parameters('content-disposition').value;
  const forwarded = type === 'message/rfc822' && disposition !== 'attachment' && !isReport(reading) && !isEncoded(part);
  const textual = type === 'text/plain' || type === 'text/html' || !type.includes('/');
  if (multipart) readMultipart(reading, part, params.boundary ?? '');
  else if (forwarded) readForwarded(reading, part);
  else if (textual && disposition !== 'attachment') addText(reading, part);
  else addAttachment(reading, part);
}

/** A delivery report carries the original message as evidence, not as content. */
function isReport(reading: Reading): boolean {
  return reading.attachments.some(({ contentType }) =>
    /^message\/(delivery-status|feedback-report|disposition-)/.test(contentType),
  );
}

function isEncoded(part: Part): boolean {
  return /base64|quoted-printable/i.test(part.header.get('content-transfer-encoding'));
}

/** A message sent along inline is read as part of this one, under a short header of its own. */
function readForwarded(reading: Reading, part: Part): void {
  const { header, bodyStart } = readHeader(reading.source, part.start, part.end);
  const shown = ['From', 'To', 'Date', 'Subject'].map((name) => `${name}: ${header.text(name.toLowerCase())}`);
  reading.segments.push({ text: ['', ...shown, ''].join('\n'), html: null });
  readPart(reading, { header, start: Math.min(bodyStart, part.end), end: part.end, depth: part.depth + 1, segment: null });
}

function readMultipart(reading: Reading, part: Part, boundary: string): void {
  const alternative = part.header.get('content-type').toLowerCase().startsWith('multipart/alternative');
  let { segment } = part;
  if (alternative && !segment) {
    segment = { text: null, html: null };
    reading.segments.push(segment);
  }
  const ranges = boundary === '' ? [] : partRanges(reading.source, part, boundary);
  if (ranges.length === 0) {
    reading.damaged = true;
    addText(reading, part);
    return;
  }
  for (const [start, end] of ranges) {
    const { header, bodyStart } = readHeader(reading.source, start, end);
    readPart(reading, { header, start: Math.min(bodyStart, end), end, depth: part.depth + 1, segment });
  }
}

/** Where the parts between the boundary lines lie (RFC 2046, 5.1). Without a closing line the last one runs to the end. */
function partRanges(source: Buffer, within: Part, boundary: string): [number, number][] {
  const ranges: [number, number][] = [];
  const marker = Buffer.from(`--${boundary}`, 'latin1');
  const area = source.subarray(0, within.end);
  let open = -1;
  for (let at = area.indexOf(marker, within.start); at >= 0; at = area.indexOf(marker, at + marker.length)) {
    if (at > within.start && area[at - 1] !== 0x0a) continue;
    const line = boundaryLine(area, at + marker.length);
    if (line === null) continue;
    if (open >= 0) ranges.push([open, Math.max(open, lineEndBefore(area, at))]);
    open = line.closing ? -1 : line.end;
    if (line.closing || ranges.length > MAX_PARTS) break;
  }
  if (open >= 0 && open < within.end) ranges.push([open, within.end]);
  return ranges;
}

/** The rest of a line that began like a boundary; null when it goes on with something else. */
function boundaryLine(area: Buffer, from: number): { closing: boolean; end: number } | null {
  const closing = area[from] === 0x2d && area[from + 1] === 0x2d;
  let end = closing ? from + 2 : from;
  while (area[end] === 0x20 || area[end] === 0x09 || area[end] === 0x0d) end += 1;
  return end >= area.length || area[end] === 0x0a ? { closing, end: end + 1 } : null;
}

/** The line break before a boundary belongs to the boundary. */
function lineEndBefore(area: Buffer, at: number): number {
  return area[at - 2] === 0x0d ? at - 2 : at - 1;
}

function addText(reading: Reading, part: Part): void {
  const { value: type, params } = part.header.parameters('content-type');
  let text = decodeBytes(contentOf(reading.source, part), params.charset);
  if (params.format?.toLowerCase() === 'flowed') text = unflow(text, params.delsp?.toLowerCase() === 'yes');
  const form = type === 'text/html' ? 'html' : 'text';
  const { segment } = part;
  if (segment && segment[form] === null) segment[form] = text;
  else reading.segments.push(form === 'html' ? { text: null, html: text } : { text, html: null });
}

function addAttachment(reading: Reading, part: Part): void {
  const { value, params } = part.header.parameters('content-type');
  const disposition = part.header.parameters('content-disposition');
  const filename = disposition.params.filename ?? params.name;
  const content = () => contentOf(reading.source, part);
  if (value === 'text/calendar') reading.calendarMethod ??= calendarMethod(params.method, content);
  reading.attachments.push({
    filename: filename ? decoded(filename, 255) : null,
    contentType: value || 'application/octet-stream',
    contentId: part.header.get('content-id').replace(/^<|>$/g, '') || null,
    inline: disposition.value === 'inline' || (disposition.value === '' && part.header.has('content-id')),
    content,
  });
}

/** The METHOD of calendar data, from its parameter or from the data itself. */
function calendarMethod(declared: string | undefined, content: () => Uint8Array): string | null {
  const method = declared ?? /^METHOD:\s*(\w+)/m.exec(Buffer.from(content()).toString('latin1', 0, 5_000))?.[1];
  return method?.trim().toUpperCase() ?? null;
}

function contentOf(source: Buffer, { header, start, end }: Part): Buffer {
  const encoding = header.get('content-transfer-encoding').trim().toLowerCase();
  if (encoding === 'base64') return Buffer.from(source.toString('latin1', start, end), 'base64');
  return encoding === 'quoted-printable' ? unquoted(source.subarray(start, end)) : source.subarray(start, end);
}

/** Decodes quoted-printable (RFC 2045, 6.7); what is no valid escape stays as it is. */
function unquoted(bytes: Buffer): Buffer {
  if (!bytes.includes(0x3d)) return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i]!;
    if (byte !== 0x3d) {
      out[length++] = byte;
      continue;
    }
    const high = hexValue(bytes[i + 1]);
    const low = hexValue(bytes[i + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      i += 2;
      continue;
    }
    const skip = softBreak(bytes, i + 1);
    if (skip > 0) i += skip;
    else out[length++] = byte;
  }
  return out.subarray(0, length);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The length of a soft line break (blanks and one line end) at `at`; 0 when there is none. */
function softBreak(bytes: Buffer, at: number): number {
  let end = at;
  while (bytes[end] === 0x20 || bytes[end] === 0x09) end += 1;
  if (bytes[end] === 0x0d) end += 1;
  if (bytes[end] === 0x0a) return end + 1 - at;
  return end >= bytes.length ? end - at : 0;
}

function joinSegments(segments: Segment[]): { text: string | null; html: string | null } {
  const filled = segments.filter((segment) => segment.text !== null || segment.html !== null);
  if (filled.length === 0) return { text: null, html: null };
  const anyHtml = filled.some((segment) => segment.html !== null);
  const text = filled.map((segment) => ownText(segment)).join('\n');
  const html = anyHtml ? filled.map((segment) => segment.html ?? plainToHtml(segment.text ?? '')).join('\n') : null;
  return { text, html };
}

/** Some mailers send an empty or blank text form beside their HTML. */
function ownText({ text, html }: Segment): string {
  if (text !== null && (html === null || text.trim() !== '')) return text;
  return htmlToPlain(html ?? '');
}
