import { type Context, newId, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { contactsAt, type Directed, type OwnSide, type SyncMailbox } from './correspondents.ts';
import type { ParsedMessage } from './message.rules.ts';
import { threadsOf } from './threads.ts';

/** A message to be kept. `known` names the row it belongs to when that is not decided by its identity. */
export interface MessageToSave extends Directed {
  parsed: ParsedMessage;
  size: number;
  known?: string | undefined;
}

/** Where a message ended up. */
export interface SavedMessage {
  id: string;
  fresh: boolean;
  threadId: string;
}

/** Held until the transaction ends: messages, threads and contacts from mail are written by one transaction at a time. */
export const lockMailStore = (ctx: Context) => rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtextextended('mail store', 0))`);

/**
 * Keeps messages, each once whatever mailbox it comes from, with threads, people, attachments, and that they lie in this mailbox. Answers
 * in the order given. The caller holds the lock of the mail store.
 */
export async function saveMessages(
  ctx: Context,
  { mailbox, own }: { mailbox: SyncMailbox; own: OwnSide },
  messages: readonly MessageToSave[],
): Promise<SavedMessage[]> {
  const existing = await existingMessages(ctx, messages);
  const fresh = new Map<string, MessageToSave>();
  for (const message of messages) {
    const { identity } = message.parsed;
    if (message.known === undefined && !existing.has(identity) && !fresh.has(identity)) fresh.set(identity, message);
  }
  const made = await insertMessages(ctx, mailbox, [...fresh.values()]);
  await insertPeople(ctx, own, made);
  await insertAttachments(ctx, made);
  const ids = new Map(made.map(({ id, threadId, message }) => [message.parsed.identity, { id, threadId, message }]));
  const saved = messages.map((message): SavedMessage => {
    const inserted = message.known === undefined ? ids.get(message.parsed.identity) : undefined;
    if (inserted) return { id: inserted.id, threadId: inserted.threadId, fresh: inserted.message === message };
    const old = existing.get(message.known ?? message.parsed.identity);
    if (old === undefined) throw new Error('a message is known by its row or by its identity');
    return { id: old.id, threadId: old.threadId, fresh: false };
  });
  await associate(ctx, mailbox, { messages, saved, existing });
  return saved;
}

interface ExistingMessage {
  id: string;
  threadId: string;
  fingerprint: string;
}

/** Rows that are there already, by identity and by id. */
async function existingMessages(ctx: Context, messages: readonly MessageToSave[]): Promise<Map<string, ExistingMessage>> {
  const identities = messages.map(({ parsed }) => parsed.identity);
  const known = messages.flatMap((message) => message.known ?? []);
  const rows = await rowsOf<ExistingMessage & { identity: string }>(
    ctx,
    SQL`select id, identity, thread_id as "threadId", fingerprint from messages
        where identity = any(${identities}) or id = any(${known}::uuid[])`,
  );
  return new Map(
    rows.flatMap((row) => [
      [row.identity, row],
      [row.id, row],
    ]),
  );
}

interface Made {
  id: string;
  threadId: string;
  message: MessageToSave;
}

async function insertMessages(ctx: Context, mailbox: SyncMailbox, messages: MessageToSave[]): Promise<Made[]> {
  if (messages.length === 0) return [];
  const threads = await threadsOf(
    ctx,
    messages.map(({ parsed }) => parsed),
  );
  const made = messages.map((message, index) => ({ id: newId(), threadId: threads[index] ?? '', message }));
  const rows = made.map(({ id, threadId, message: { parsed, direction, size } }) => ({
    id,
    identity: parsed.identity,
    message_id: parsed.messageId,
    fingerprint: parsed.fingerprint,
    thread_id: threadId,
    direction,
    kind: parsed.kind,
    subject: parsed.subject,
    snippet: parsed.snippet,
    text: parsed.text,
    html: parsed.html,
    sent_at: parsed.sentAt,
    in_reply_to: parsed.inReplyTo,
    reference_ids: parsed.references,
    size,
    truncated: parsed.truncated,
    damaged: parsed.damaged,
  }));
  await rowsOf(
    ctx,
    SQL`insert into messages (id, identity, message_id, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, html,
          sent_at, in_reply_to, reference_ids, size, truncated, damaged, created_at)
        select id, identity, message_id, fingerprint, thread_id, ${mailbox.ownerId}, direction, kind, subject, snippet, text, html,
          sent_at, in_reply_to, reference_ids, size, truncated, damaged, ${ctx.now}
        from json_to_recordset(${JSON.stringify(rows)}::json) as m (id uuid, identity text, message_id text, fingerprint text,
          thread_id uuid, direction text, kind text, subject text, snippet text, text text, html text, sent_at timestamptz,
          in_reply_to text[], reference_ids text[], size int, truncated boolean, damaged boolean)`,
  );
  return made;
}

/** Our own side is never a contact, even where somebody has entered it as one. */
async function insertPeople(ctx: Context, own: OwnSide, made: readonly Made[]): Promise<void> {
  const people = made.flatMap(({ id, message: { parsed } }) =>
    (['from', 'to', 'cc', 'bcc'] as const).flatMap((role) => {
      const named = role === 'from' ? (parsed.from === null ? [] : [parsed.from]) : parsed[role];
      return named.map(({ address, name }, position) => ({ message_id: id, role, address, position, name }));
    }),
  );
  const contacts = await contactsAt(ctx, [...new Set(people.map(({ address }) => address))]);
  const rows = people.map((person) => ({
    ...person,
    contact_id: own.addresses.has(person.address) ? null : (contacts.get(person.address) ?? null),
  }));
  await rowsOf(
    ctx,
    SQL`insert into message_participants (message_id, role, address_normal, position, name, contact_id)
        select message_id, role, address, position, name, contact_id from json_to_recordset(${JSON.stringify(rows)}::json)
          as p (message_id uuid, role text, address text, position int, name text, contact_id uuid)`,
  );
}

async function insertAttachments(ctx: Context, made: readonly Made[]): Promise<void> {
  const rows = made.flatMap(({ id, message }) =>
    message.parsed.attachments.map((attachment) => ({ message_id: id, ...attachment })),
  );
  if (rows.length === 0) return;
  await rowsOf(
    ctx,
    SQL`insert into attachments (message_id, position, filename, content_type, size, content_id, inline)
        select message_id, index, filename, "contentType", size, "contentId", inline
        from json_to_recordset(${JSON.stringify(rows)}::json) as a (message_id uuid, index int, filename text, "contentType" text,
          size int, "contentId" text, inline boolean)`,
  );
}

interface Association {
  messages: readonly MessageToSave[];
  saved: readonly SavedMessage[];
  existing: Map<string, ExistingMessage>;
}

/** That the messages lie in this mailbox; where its copy reads differently, that is noted and the first text stays. */
async function associate(ctx: Context, mailbox: SyncMailbox, { messages, saved, existing }: Association): Promise<void> {
  const rows = new Map<string, boolean>();
  for (const [index, { id }] of saved.entries()) {
    const first = existing.get(id)?.fingerprint;
    const variant = first !== undefined && first !== messages[index]?.parsed.fingerprint;
    rows.set(id, (rows.get(id) ?? false) || variant);
  }
  await rowsOf(
    ctx,
    SQL`insert into message_mailboxes (message_id, mailbox_id, variant)
        select id, ${mailbox.id}, variant from unnest(${[...rows.keys()]}::uuid[], ${[...rows.values()]}::boolean[]) as r (id, variant)
        on conflict do nothing`,
  );
}
