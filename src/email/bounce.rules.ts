import { type Header, readHeader } from './header.rules.ts';
import { normalMessageId } from './thread.rules.ts';

/** What a delivery report says for good: to which addresses a message could not be delivered because of the addresses themselves. */
export interface Bounce {
  /** Message-ID of the mail that came back, without brackets. */
  originalId: string;
  addresses: string[];
}

interface Part {
  contentType: string;
  content(): Uint8Array;
}

const recipientsAtMost = 200;

/**
 * Reads the machine's part of a delivery report (RFC 3464, RFC 6533). Null when it names no original, or no address that takes no mail:
 * delays, and refusals of what was sent or of how much there was, say nothing of the address (RFC 3463: 5.2.2 and 5.2.3, 5.3.4, 5.7).
 */
export function readBounce(parts: readonly Part[]): Bounce | null {
  const report = parts.find(({ contentType }) => /^message\/(global-)?delivery-status/i.test(contentType));
  const original = parts.find(({ contentType }) => /^(message\/(rfc822|global)|text\/rfc822-headers)/i.test(contentType));
  if (report === undefined || original === undefined) return null;
  const originalId = normalMessageId(readHeader(Buffer.from(original.content())).header.get('message-id'));
  const addresses = groupsOf(Buffer.from(report.content())).filter(isForGood).flatMap(recipients);
  return originalId === null || addresses.length === 0 ? null : { originalId, addresses: [...new Set(addresses)] };
}

/** The report is one header after another: of the message, and of each recipient. */
function groupsOf(bytes: Buffer): Header[] {
  const groups: Header[] = [];
  for (let at = 0; at < bytes.length && groups.length < recipientsAtMost; ) {
    const { header, bodyStart } = readHeader(bytes, at);
    groups.push(header);
    if (bodyStart <= at) break;
    at = bodyStart;
  }
  return groups;
}

const isForGood = (group: Header): boolean =>
  /^failed/i.test(group.get('action')) && /^5\.(?!2\.[23]\b|3\.4\b|7\.)/.test(group.get('status'));

/** The address as we wrote it, and the one it was delivered to in the end. */
const recipients = (group: Header): string[] =>
  ['original-recipient', 'final-recipient'].flatMap((name) => {
    const address = /^[^;]*;\s*<?([^\s<>]+@[^\s<>]+)/.exec(group.get(name))?.[1];
    return address === undefined ? [] : [address.toLowerCase()];
  });
