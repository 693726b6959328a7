import { type MailAddress, readAddresses } from './address-list.rules.ts';
import { type Body, type BodyAttachment, readBody } from './body.rules.ts';
import { type Bounce, readBounce } from './bounce.rules.ts';
import { readDate, sentAt } from './date.rules.ts';
import { type Header, readHeader } from './header.rules.ts';
import { contentFingerprint, messageIdentity } from './identity.rules.ts';
import { type MessageKind, messageKind } from './kind.rules.ts';
import { cleanText, cutText, snippetOf } from './text.rules.ts';
import { normalMessageId, readMessageIds } from './thread.rules.ts';

/** A message as the rest of the slice knows it. All text is clean (`cleanText`), all lengths are bounded. */
export interface ParsedMessage {
  /** The same for this message in every mailbox (identity.rules.ts). */
  identity: string;
  /** Differs when the visible content differs. */
  fingerprint: string;
  /** Without brackets, up to 990 characters. */
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
  from: MailAddress | null;
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  replyTo: MailAddress[];
  subject: string;
  sentAt: Date;
  kind: MessageKind;
  /** Of a bounce: which mail could not be delivered to whom. */
  bounce: Bounce | null;
  text: string;
  html: string | null;
  snippet: string;
  attachments: AttachmentInfo[];
  /** The method of a calendar part, e.g. `REQUEST`. */
  calendarMethod: string | null;
  /** Not all of it is here: over the size limit (header only), or its text was cut. */
  truncated: boolean;
  /** The MIME structure is broken or absurd: something may be missing, or shown as it stands. */
  damaged: boolean;
  header: Header;
}

export interface AttachmentInfo {
  /** Its place among the attachments: what `readAttachment` takes. */
  index: number;
  filename: string | null;
  contentType: string;
  /** Decoded bytes. */
  size: number;
  contentId: string | null;
  inline: boolean;
}

export interface ParseOptions {
  /** When the server got it; stands in for a missing or absurd Date. */
  internalDate: Date;
  /** Larger sources are read as header only. Default 25 MiB. */
  maxBytes?: number;
  /** The source is a header only, since the message was over the limit of the fetch. */
  truncated?: boolean;
}

/** Thrown for bytes that hold no message at all; `reason` is for the ledger. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
  readonly reason: 'empty' | 'no_header';

  constructor(reason: 'empty' | 'no_header') {
    super(reason === 'empty' ? 'The message is empty.' : 'The message has no header.');
    this.reason = reason;
  }
}

const MAX_TEXT = 200_000;
const MAX_HTML = 1_000_000;
const MAX_ATTACHMENTS = 200;
const ANY_FIELD = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'sender',
  'received',
  'return-path',
  'content-type',
  'mime-version',
];

/**
 * Reads a message as it came from the server. Takes anything that has at least one field of a mail header, however
 * broken; throws `MalformedMessage` otherwise, and nothing else.
 */
export function parseMessage(source: Uint8Array, options: ParseOptions): ParsedMessage {
  const { bytes, header, bodyStart } = openMessage(source);
  const headerOnly = options.truncated === true || bytes.length > (options.maxBytes ?? 25 * 1024 * 1024);
  const body = headerOnly ? NO_BODY : readBody(bytes, header, bodyStart);
  const content = readableContent(header, body);
  const headerDate = readDate(header.get('date'));
  const people = participants(header);
  const messageId = normalMessageId(header.get('message-id'));
  const kind = messageKind(header, body.calendarMethod);
  return {
    identity: messageIdentity({
      messageId,
      fromAddress: people.from?.address ?? '',
      headerDate,
      header,
      body: headerOnly ? Buffer.alloc(0) : bytes.subarray(bodyStart),
    }),
    messageId,
    inReplyTo: replyIds(header, people),
    references: readMessageIds(header.get('references')),
    ...people,
    sentAt: sentAt(headerDate, options.internalDate),
    kind,
    bounce: kind === 'bounce' ? readBounce(body.attachments) : null,
    ...content,
    calendarMethod: body.calendarMethod,
    truncated: headerOnly || content.truncated,
    damaged: body.damaged,
    header,
  };
}

/** The bytes of one attachment, by its `index`; null when there is none. */
export function readAttachment(source: Uint8Array, index: number): Uint8Array | null {
  const { bytes, header, bodyStart } = openMessage(source);
  return readBody(bytes, header, bodyStart).attachments[index]?.content() ?? null;
}

const NO_BODY: Body = { text: null, html: null, attachments: [], calendarMethod: null, damaged: false };

function openMessage(source: Uint8Array): { bytes: Buffer; header: Header; bodyStart: number } {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let start = 0;
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start += 1;
  if (start === bytes.length) throw new MalformedMessage('empty');
  const { header, bodyStart } = readHeader(bytes, start);
  if (!ANY_FIELD.some((name) => header.has(name))) throw new MalformedMessage('no_header');
  return { bytes, header, bodyStart };
}

function participants(header: Header): Pick<ParsedMessage, 'from' | 'to' | 'cc' | 'bcc' | 'replyTo'> {
  const [from = null] = readAddresses([header.get('from')]);
  const [sender = null] = from === null ? readAddresses([header.get('sender')]) : [];
  return {
    from: from ?? sender,
    to: readAddresses(header.all('to')),
    cc: readAddresses(header.all('cc')),
    bcc: readAddresses(header.all('bcc')),
    replyTo: readAddresses(header.all('reply-to')),
  };
}

/** Old mailers wrote the sender's address into In-Reply-To, beside the id or in place of it. */
function replyIds(header: Header, people: Pick<ParsedMessage, 'from' | 'to' | 'cc'>): string[] {
  const known = new Set([people.from, ...people.to, ...people.cc].map((person) => person?.address));
  return readMessageIds(header.get('in-reply-to')).filter((id) => !known.has(id.toLowerCase()));
}

type Content = Pick<ParsedMessage, 'subject' | 'text' | 'html' | 'snippet' | 'attachments' | 'fingerprint' | 'truncated'>;

function readableContent(header: Header, body: Body): Content {
  const subject = header.text('subject');
  const fullText = cleanText(body.text ?? '')
    .replaceAll('\r\n', '\n')
    .trim();
  const fullHtml = body.html === null ? null : cleanText(body.html);
  const text = cutText(fullText, MAX_TEXT);
  const html = fullHtml === null ? null : cutText(fullHtml, MAX_HTML);
  const attachments = body.attachments.slice(0, MAX_ATTACHMENTS).map(attachmentInfo);
  // Not their sizes: those of text parts change with the line ends.
  const files = attachments.map(({ filename, contentType }) => `${filename ?? ''}:${contentType}`);
  return {
    subject,
    text,
    html,
    snippet: snippetOf(text),
    attachments,
    fingerprint: contentFingerprint({ subject, text, html: html === null ? null : html.replaceAll('\r\n', '\n'), files }),
    truncated: text.length < fullText.length || (html?.length ?? 0) < (fullHtml?.length ?? 0),
  };
}

function attachmentInfo(attachment: BodyAttachment, index: number): AttachmentInfo {
  const { filename, contentType, contentId, inline, content } = attachment;
  return {
    index,
    filename,
    contentType: cutText(cleanText(contentType), 255),
    size: content().length,
    contentId: contentId === null ? null : cutText(cleanText(contentId), 255),
    inline,
  };
}
