/** What a message says about its relatives; ids without angle brackets. */
export interface Relations {
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
}

/** More references than this are cut in the middle: the root and the nearest ancestors tell the thread. */
const MAX_REFERENCES = 100;

/**
 * All ids that belong to one thread with this message, its own first, each once: unite the threads of all of them
 * (union-find, also for ids that were never seen) and any order of arrival gives the same threads. Never the subject. As
 * in Dovecot's `THREAD=REFERENCES` an id needs an `@`: mailers that write `<>` or `<null>` would join strangers.
 */
export function threadKeys({ messageId, inReplyTo, references }: Relations): string[] {
  const own = messageId === null ? [] : [messageId];
  return [...new Set([...own, ...references, ...inReplyTo])].filter((id) => /.@./.test(id));
}

/** The normal form of a Message-ID: no brackets, comments or blanks; the domain in lower case. Null when there is none. */
export function normalMessageId(field: string): string | null {
  return messageIds(field)[0] ?? (bareIds(field)[0] || null);
}

/**
 * Reads In-Reply-To or References. Takes ids without blanks between them, with commas, folded in the middle, or without
 * brackets, and prose around them (`Your message of ... <id>`); an id that was cut off is dropped.
 */
export function readMessageIds(field: string): string[] {
  const found = field.includes('<') ? messageIds(field) : bareIds(field);
  const ids = [...new Set(found)];
  return ids.length <= MAX_REFERENCES ? ids : [...ids.slice(0, 10), ...ids.slice(10 - MAX_REFERENCES)];
}

function messageIds(field: string): string[] {
  return [...field.matchAll(/<([^<>]{1,990})>/g)].map(([, id]) => tidy(id!)).filter((id) => id !== '');
}

function bareIds(field: string): string[] {
  return field
    .split(/[\s,;<>]+/)
    .filter((id) => /^[^\s@]+@[^\s@]+$/.test(id) && id.length <= 990)
    .map(tidy);
}

function tidy(id: string): string {
  const solid = id.replace(/[\s\p{Cc}]+/gu, '').toWellFormed();
  const at = solid.lastIndexOf('@');
  return at < 0 ? solid : solid.slice(0, at) + solid.slice(at).toLowerCase();
}
