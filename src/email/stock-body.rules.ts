import PostalMime, { type Attachment } from 'postal-mime';
import { type Body, type BodyAttachment, calendarMethod } from './body.rules.ts';
import { cleanLine, decodeBytes, htmlToPlain } from './text.rules.ts';

/**
 * Reads the body of an odd message with the stock parser; when that finds nothing, the bytes themselves are the text.
 * Rejects when the parser gives up (absurd nesting or header size).
 */
export async function readOddBody(source: Buffer, bodyStart: number): Promise<Body> {
  const email = await PostalMime.parse(source, { maxNestingDepth: 64, forceRfc822Attachments: true });
  const html = email.html ?? null;
  const attachments = email.attachments.map(bodyAttachment);
  const calendar = email.attachments.find((attachment) => attachment.mimeType === 'text/calendar');
  const nothing = !email.text && html === null && attachments.length === 0;
  return {
    text: nothing ? decodeBytes(source.subarray(bodyStart)) : (email.text ?? (html === null ? null : htmlToPlain(html))),
    html,
    attachments,
    calendarMethod: calendar ? calendarMethod(calendar.method, () => bytesOf(calendar)) : null,
  };
}

function bodyAttachment(attachment: Attachment): BodyAttachment {
  const { filename, mimeType, contentId, disposition, related } = attachment;
  return {
    filename: filename ? cleanLine(filename, 255) : null,
    contentType: mimeType,
    contentId: contentId?.replace(/^<|>$/g, '') || null,
    inline: disposition === 'inline' || (disposition === null && related === true),
    content: () => bytesOf(attachment),
  };
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
}
