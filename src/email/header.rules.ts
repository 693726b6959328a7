import { isUtf8 } from 'node:buffer';
import { decodeWords } from 'postal-mime';
import { cleanLine, decodeBytes } from './text.rules.ts';

/** A header field: lower-case name; unfolded value with its encoded words still encoded. */
export interface HeaderField {
  name: string;
  value: string;
}

/** The header of a message or part. Where a field may come once, the first one counts. */
export class Header {
  readonly fields: readonly HeaderField[];
  readonly #first = new Map<string, string>();

  constructor(fields: readonly HeaderField[]) {
    this.fields = fields;
    for (const { name, value } of fields) if (!this.#first.has(name)) this.#first.set(name, value);
  }

  /** The first value of a field as it stands (unfolded), or an empty string. */
  get(name: string): string {
    return this.#first.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.#first.has(name);
  }

  all(name: string): string[] {
    return this.fields.filter((field) => field.name === name).map((field) => field.value);
  }

  /** The first value of a field for people: encoded words (RFC 2047) decoded, one line, cleaned. */
  text(name: string): string {
    return decoded(this.get(name));
  }

  /** A field's value and its parameters (RFC 2045, with the continuations and charsets of RFC 2231). */
  parameters(name: string): { value: string; params: Record<string, string> } {
    return parameters(this.get(name).slice(0, MAX_VALUE));
  }
}

/** Longer values are cut before they are taken apart, so that a hostile header costs no more than a long one. */
const MAX_VALUE = 20_000;

/** Decodes encoded words, also when a mailer cut them in the middle of a character; one line, cleaned. */
export function decoded(value: string, maxLength?: number): string {
  const bounded = value.slice(0, MAX_VALUE);
  return cleanLine(bounded.includes('=?') ? decodeWords(bounded) : bounded, maxLength);
}

/** The longest header read; what follows counts as body. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** Reads a header and says where the body begins. Takes CRLF, LF, 8-bit values, and lines that are not fields at all. */
export function readHeader(source: Buffer, start = 0, end = source.length): { header: Header; bodyStart: number } {
  const { headerEnd, bodyStart } = headerBounds(source, start, end);
  const block = source.toString('latin1', start, headerEnd);
  const fields: HeaderField[] = [];
  for (const line of block.split(/\r?\n/)) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last) last.value += line;
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trimEnd();
    if (colon > 0 && /^[!-9;-~]+$/.test(name)) fields.push({ name: name.toLowerCase(), value: line.slice(colon + 1) });
  }
  for (const field of fields) field.value = field.value.trim().replace(/\t/g, ' ');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/[^\x00-\x7f]/.test(block)) decodeRawBytes(fields);
  return { header: new Header(fields), bodyStart };
}

function headerBounds(source: Buffer, start: number, end: number): { headerEnd: number; bodyStart: number } {
  if (source[start] === 0x0a) return { headerEnd: start, bodyStart: start + 1 };
  if (source[start] === 0x0d && source[start + 1] === 0x0a) return { headerEnd: start, bodyStart: start + 2 };
  const window = source.subarray(start, Math.min(end, start + MAX_HEADER_BYTES));
  const crlf = window.indexOf('\n\r\n');
  const lf = (crlf < 0 ? window : window.subarray(0, crlf + 1)).indexOf('\n\n');
  if (lf >= 0) return { headerEnd: start + lf, bodyStart: start + lf + 2 };
  if (crlf >= 0) return { headerEnd: start + crlf, bodyStart: start + crlf + 3 };
  return { headerEnd: start + window.length, bodyStart: start + window.length };
}

/** Header bytes above ASCII are UTF-8 (RFC 6532) or, from old mailers, in the charset of the body. */
function decodeRawBytes(fields: HeaderField[]): void {
  const contentType = fields.find((field) => field.name === 'content-type')?.value ?? '';
  const charset = parameters(contentType.slice(0, MAX_VALUE)).params.charset;
  for (const field of fields) {
    const bytes = Buffer.from(field.value, 'latin1');
    field.value = isUtf8(bytes) ? bytes.toString('utf8') : decodeBytes(bytes, charset);
  }
}

function parameters(field: string): { value: string; params: Record<string, string> } {
  const semicolon = field.indexOf(';');
  const value = (semicolon < 0 ? field : field.slice(0, semicolon)).trim().toLowerCase();
  const params: Record<string, string> = Object.create(null);
  if (semicolon < 0) return { value, params };
  const pieces = new Map<string, { index: number; text: string; encoded: boolean }[]>();
  for (const [, key = '', quoted, plain] of field
    .slice(semicolon)
    .matchAll(/;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    const text = quoted === undefined ? (plain ?? '').trim() : quoted.replace(/\\(.)/g, '$1');
    const [, name = '', index = '0', encoded] = /^([^*]+)(?:\*(\d+))?(\*)?$/.exec(key.toLowerCase()) ?? [];
    if (name === '') continue;
    if (!pieces.has(name)) pieces.set(name, []);
    pieces.get(name)!.push({ index: Number(index), text, encoded: encoded !== undefined });
  }
  for (const [name, parts] of pieces) params[name] = joined(parts);
  return { value, params };
}

function joined(parts: { index: number; text: string; encoded: boolean }[]): string {
  const ordered = parts.length > 1 ? parts.toSorted((a, b) => a.index - b.index) : parts;
  if (!ordered.some((part) => part.encoded))
    return ordered[0]?.index === 0 && ordered[1]?.index !== 1 ? ordered[0].text : ordered.map((part) => part.text).join('');
  const [, charset = '', rest = ''] = /^([^']*)'[^']*'([\s\S]*)$/.exec(ordered[0]!.text) ?? ['', 'utf-8', ordered[0]!.text];
  const bytes = ordered.map((part, i) => percentDecoded(i === 0 ? rest : part.text, part.encoded));
  return decodeBytes(Buffer.concat(bytes), charset);
}

function percentDecoded(text: string, encoded: boolean): Buffer {
  if (!encoded) return Buffer.from(text);
  const unescaped = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(unescaped, 'latin1');
}
