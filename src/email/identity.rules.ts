import { createHash } from 'node:crypto';
import type { Header } from './header.rules.ts';

/** What a message is recognised by. */
export interface IdentityParts {
  messageId: string | null;
  fromAddress: string;
  /** The Date field; null when it is missing or unreadable. Never the day of arrival, which differs between mailboxes. */
  headerDate: Date | null;
  header: Header;
  /** The bytes below the header. */
  body: Buffer;
}

/**
 * Names a message in all mailboxes where it lies: Message-ID, From and Date to the second; without a Message-ID the hash
 * of its bytes less the trace headers, with line ends and folding evened out. 43 characters and a prefix (`m:`, `c:`).
 */
export function messageIdentity(parts: IdentityParts): string {
  const { messageId, fromAddress, headerDate } = parts;
  if (messageId === null) return `c:${contentHash(parts.header, parts.body)}`;
  const seconds = headerDate === null ? '' : Math.floor(headerDate.getTime() / 1000);
  return `m:${hash([messageId, fromAddress, String(seconds)])}`;
}

/** Tells variants of one message apart (a gateway's stamp, rewritten links): a hash of what a reader sees. */
export function contentFingerprint(seen: { subject: string; text: string; html: string | null; files: string[] }): string {
  return hash([seen.subject, seen.text, seen.html ?? '', ...seen.files]);
}

/** Fields that servers add, change or drop on the way. */
const TRACE =
  /^(received|return-path|delivered-to|delivery-date|envelope-to|authentication-results|arc-.*|dkim-.*|domainkey-.*|x-.*|status|lines|content-length|bcc|sender|list-.*|precedence|received-spf|autocrypt|thread-index|mime-version)$/;

function contentHash(header: Header, body: Buffer): string {
  const fields = header.fields
    .filter(({ name }) => !TRACE.test(name))
    .map(({ name, value }) => `${name}:${value.replace(/\s+/g, ' ')}`);
  const lines = body
    .toString('latin1')
    .replace(/[ \t]*\r?\n/g, '\n')
    .trimEnd();
  return hash([...fields.sort(), lines]);
}

function hash(parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}
