import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { markBounced } from './bounces.ts';
import { isNoReply, isRoleAddress, matchesDomain } from './correspondent.rules.ts';
import { admitContacts, type OwnSide, ownSide, type SyncMailbox } from './correspondents.ts';
import { type Forgotten, withoutErased } from './erased-people.ts';
import { type CursorMove, lockFolder, moveCursors, type SyncFolder } from './folders.ts';
import { attachPeople, emitLogged, type LoggedMail, logMail } from './mail-activities.ts';
import type { ParsedMessage } from './message.rules.ts';
import { settleFound } from './outgoing.ts';
import { lockMailStore, type MessageToSave, type SavedMessage, saveMessages } from './save-messages.ts';

/** A message as it was fetched: read, or the reason why it cannot be. */
export type FetchedMessage = { uid: number; internalDate: Date; size: number; source: Uint8Array } & (
  | { parsed: ParsedMessage }
  | { unreadable: string }
);

/** Fetched messages of one folder, and where the cursors stand once they are stored. */
export interface Batch {
  messages: readonly FetchedMessage[];
  move: CursorMove;
  /** Arrived while the mailbox was watched; else it was there before. */
  live: boolean;
}

/** What became of a batch. */
export interface BatchCounts {
  logged: number;
  waiting: number;
  skipped: number;
  quarantined: number;
}

const none: BatchCounts = { logged: 0, waiting: 0, skipped: 0, quarantined: 0 };
const dayMs = 86_400_000;
const rawKept = 65_536;

/**
 * Stores a batch and moves the folder's cursors past it, in this one transaction: messages, threads, people, contacts by policy,
 * activities, ledger, events. A message that was stored before, here or in any mailbox, is found again and not doubled, so a batch may
 * come twice. Returns undefined, and does nothing, when the folder's UIDs have lost their meaning meanwhile.
 */
export async function storeBatch(
  ctx: Context,
  { mailbox, folder }: { mailbox: SyncMailbox; folder: SyncFolder },
  batch: Batch,
): Promise<BatchCounts | undefined> {
  await lockMailStore(ctx);
  const held = await lockFolder(ctx, folder);
  if (held === undefined) return undefined;
  const own = await ownSide(ctx);
  const news = await withoutErased(ctx, own, await notInLedger(ctx, held, batch.messages));
  const readable = news.flatMap((message) => ('parsed' in message ? [message] : []));
  const outgoing = await settleFound(
    ctx,
    { mailbox, folder: held },
    readable.map(({ parsed }) => parsed),
  );
  const messages = readable.map((message, index): MessageToSave & FetchedMessage => ({
    ...message,
    direction: isOurs(message.parsed, { own, folder: held }) ? 'out' : 'in',
    known: outgoing[index],
  }));
  const history = { ...ctx, cause: { ...ctx.cause, origin: 'history' as const } };
  const admitted = await admitContacts(batch.live ? ctx : history, { mailbox, own }, messages);
  const saved = await saveMessages(ctx, { mailbox, own }, messages);
  const attached = await attachPeople(ctx, admitted);
  await markBounced(
    ctx,
    messages.map(({ parsed }, index) => ({ parsed, fresh: saved[index]?.fresh ?? false })),
  );
  const logged = await logMail(ctx, [...new Set([...saved.map(({ id }) => id), ...attached])]);
  const counts = await writeLedger(ctx, { mailbox, folder: held, own }, { news, messages, saved });
  await moveCursors(ctx, held, batch.move);
  tell(ctx, { mailbox, folder: held, live: batch.live }, { messages, saved, logged, counts });
  return counts;
}

/** What the ledger does not have yet: a batch may come a second time. */
async function notInLedger(ctx: Context, folder: SyncFolder, messages: readonly FetchedMessage[]): Promise<FetchedMessage[]> {
  const rows = await rowsOf<{ uid: number }>(
    ctx,
    SQL`select uid::float8 as uid from mail_ledger where folder_id = ${folder.id} and uid = any(${messages.map(({ uid }) => uid)})`,
  );
  const known = new Set(rows.map(({ uid }) => uid));
  return messages.filter(({ uid }) => !known.has(uid));
}

const isOurs = ({ from }: ParsedMessage, { own, folder }: { own: OwnSide; folder: SyncFolder }): boolean =>
  folder.role === 'sent' || (from !== null && own.addresses.has(from.address));

interface Place {
  mailbox: SyncMailbox;
  folder: SyncFolder;
  own: OwnSide;
}

interface Stored {
  news: readonly (FetchedMessage | Forgotten)[];
  messages: readonly (MessageToSave & FetchedMessage)[];
  saved: readonly SavedMessage[];
}

async function writeLedger(
  ctx: Context,
  { mailbox, folder, own }: Place,
  { news, messages, saved }: Stored,
): Promise<BatchCounts> {
  const idOf = new Map(messages.map(({ uid }, index) => [uid, saved[index]?.id ?? null]));
  const rows = news.map((message) => {
    if ('erased' in message) return { uid: message.uid, outcome: 'skipped', rule: 'erased', at: message.internalDate };
    if (!('parsed' in message)) return quarantined(message);
    const { messageId, from, sentAt } = message.parsed;
    const [outcome, rule] = unloggedAs(message.parsed, own);
    return {
      uid: message.uid,
      outcome,
      rule,
      message_id: idOf.get(message.uid),
      header_id: messageId,
      sender: from?.address,
      at: sentAt,
    };
  });
  const written = await rowsOf<{ outcome: keyof BatchCounts }>(
    ctx,
    SQL`insert into mail_ledger (folder_id, uid, mailbox_id, outcome, rule, message_id, header_id, sender, at, raw)
        select ${folder.id}, r.uid, ${mailbox.id}, case when a.id is null then r.outcome else 'logged' end,
          case when a.id is null then r.rule end, r.message_id, r.header_id, r.sender, r.at, decode(r.raw, 'base64')
        from json_to_recordset(${JSON.stringify(rows)}::json) as r (uid bigint, outcome text, rule text, message_id uuid, header_id text,
          sender text, at timestamptz, raw text)
          left join activities a on a.message_id = r.message_id and a.source = 'email'
        on conflict (folder_id, uid) do nothing returning outcome`,
  );
  const counts = { ...none };
  for (const { outcome } of written) counts[outcome] += 1;
  return counts;
}

/** Only the beginning of its source is kept: enough to see what is wrong with it. */
const quarantined = (message: Extract<FetchedMessage, { unreadable: string }>) => ({
  uid: message.uid,
  outcome: 'quarantined',
  rule: message.unreadable,
  at: message.internalDate,
  raw: Buffer.from(message.source.subarray(0, rawKept)).toString('base64'),
});

/** What the ledger says of a message that concerns no contact: whether it is waiting for one, or none will come of it. */
function unloggedAs({ kind, from, to, cc }: ParsedMessage, own: OwnSide): ['waiting' | 'skipped', string] {
  if (kind === 'bulk' || kind === 'auto_reply' || kind === 'bounce') return ['skipped', kind];
  const others = [from, ...to, ...cc].flatMap((person) =>
    person && !matchesDomain(person.address, own.domains) ? [person.address] : [],
  );
  if (others.length === 0) return ['skipped', 'own_domain'];
  if (others.every((address) => isNoReply(address) || isRoleAddress(address))) return ['skipped', 'no_reply'];
  return ['waiting', 'no_contact'];
}

interface Told extends Omit<Stored, 'news'> {
  logged: readonly LoggedMail[];
  counts: BatchCounts;
}

/**
 * One event for a chunk of history; for live mail one per message and one per activity. What is older than a day, or than `syncFrom`,
 * when it arrives is history too, and sets nothing off.
 */
function tell(
  ctx: Context,
  { mailbox, folder, live }: { mailbox: SyncMailbox; folder: SyncFolder; live: boolean },
  { messages, saved, logged, counts }: Told,
): void {
  const history: Context = { ...ctx, cause: { ...ctx.cause, origin: 'history' } };
  if (!live) {
    emit(history, 'mailbox.backfilled', { mailboxId: mailbox.id, folderId: folder.id, ...counts });
    return;
  }
  const newsFrom = Math.max(ctx.now.getTime() - dayMs, mailbox.syncFrom?.getTime() ?? 0);
  const byMessage = new Map(logged.map((activity) => [activity.messageId, activity]));
  for (const [index, { parsed, direction }] of messages.entries()) {
    const { id, threadId, fresh } = saved[index] ?? { id: '', threadId: '', fresh: false };
    if (!fresh) continue;
    const activity = byMessage.get(id);
    const inner = parsed.sentAt.getTime() < newsFrom ? history : ctx;
    emit(inner, direction === 'out' ? 'message.sent' : 'message.received', {
      messageId: id,
      mailboxId: mailbox.id,
      threadId,
      activityId: activity?.activityId ?? null,
      kind: parsed.kind,
      contactIds: activity?.contactIds ?? [],
    });
    if (activity) emitLogged(inner, [activity]);
    byMessage.delete(id);
  }
  emitLogged(history, [...byMessage.values()]);
}
