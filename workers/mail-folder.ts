import { setImmediate } from 'node:timers/promises';
import type { Context, Services } from '../src/context.ts';
import { type CursorMove, moveCursors, reconcileFolder, type SyncFolder, skipOlder } from '../src/email/folders.ts';
import type { FetchLimits, MailConnection, RawMessage } from '../src/email/mail.ports.ts';
import type { HeldMailbox } from '../src/email/mailbox-state.ts';
import { MalformedMessage, parseMessage } from '../src/email/message.rules.ts';
import { type FetchedMessage, storeBatch } from '../src/email/store-batch.ts';
import { sqlState } from '../src/errors.ts';

/** What the work on one mailbox needs: its connection, and transactions in its name. */
export interface MailboxWork {
  readonly services: Services;
  readonly mailbox: HeldMailbox;
  readonly connection: MailConnection;
  readonly signal: AbortSignal;
  transact<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
}

const limits: FetchLimits = { batchBytes: 4 * 1024 * 1024, batchCount: 250 };
/** The first slice of a folder is small, so that something is to be seen at once; the sizes of a slice are asked with one command. */
const firstSlice = 100;
const slice = 2_000;
const parsedAtOnce = 25;

/** On which side of what is known the messages lie, which tells what cursor passes them. */
type Side = 'newer' | 'older' | 'between';

/** Stores what has arrived since the folder was last looked at. */
export async function catchUp(work: MailboxWork, folder: SyncFolder): Promise<void> {
  const { connection } = work;
  const uids = await connection.searchUids(folder, { from: folder.uidCeiling + 1 });
  for await (const messages of read(connection.fetchMessages(folder, uids, limits))) {
    await store(work, { folder, side: 'newer' }, messages);
  }
  folder.uidCeiling = Math.max(folder.uidCeiling, ...uids.slice(-1));
}

/**
 * Stores what was there before, newest first and the folders in turn, slice by slice. Yields after each stored batch, so that new mail is
 * seen to in between. May be ended at any point: the cursors say where to go on.
 */
export async function* backfill(work: MailboxWork, folders: readonly SyncFolder[]): AsyncGenerator<void> {
  let running = folders.filter(({ state }) => state === 'backfilling').map((folder) => backfillFolder(work, folder));
  while (running.length > 0) {
    const going: typeof running = [];
    for (const one of running) {
      let step = await one.next();
      while (!step.done && step.value === 'batch') {
        yield;
        step = await one.next();
      }
      if (!step.done) going.push(one);
    }
    running = going;
  }
}

async function* backfillFolder(work: MailboxWork, folder: SyncFolder): AsyncGenerator<'batch' | 'slice'> {
  const { connection, mailbox } = work;
  const below = folder.uidFloor - 1;
  const since = mailbox.syncFrom === null ? {} : { since: mailbox.syncFrom };
  const uids = below < 1 ? [] : (await connection.searchUids(folder, { to: below, ...since })).reverse();
  for (let at = 0; at < uids.length; ) {
    const part = uids.slice(at, at + (at === 0 ? firstSlice : slice));
    at += part.length;
    for await (const messages of ahead(read(connection.fetchMessages(folder, part, limits)))) {
      await store(work, { folder, side: 'older' }, messages);
      yield 'batch';
    }
    // Some may have been deleted between the search and the fetch.
    await work.transact((ctx) => moveCursors(ctx, folder, { floor: part.at(-1) }));
    yield 'slice';
  }
  const older =
    mailbox.syncFrom === null || below < 1 ? [] : await connection.searchUids(folder, { to: (uids.at(-1) ?? below + 1) - 1 });
  await work.transact((ctx) => skipOlder(ctx, { folder, mailboxId: mailbox.id }, older));
  folder.state = 'complete';
}

/** Compares the folder with its ledger, and stores what is missing there, if ever something is. */
export async function proveComplete(work: MailboxWork, folder: SyncFolder): Promise<void> {
  const { connection, services, mailbox } = work;
  const uids = await connection.searchUids(folder);
  const missing = await work.transact((ctx) => reconcileFolder(ctx, folder, uids));
  if (missing.length > 0) services.log.warn({ mailboxId: mailbox.id, missing: missing.length }, 'mail was not in the ledger');
  for await (const messages of read(connection.fetchMessages(folder, missing, limits))) {
    await store(work, { folder, side: 'between' }, messages);
  }
}

/** Fetches and reads the next batch while the one before it is being stored. */
async function* ahead<T>(batches: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = batches[Symbol.asyncIterator]();
  const pull = () => {
    const next = iterator.next();
    next.catch(() => undefined); // is thrown where it is awaited
    return next;
  };
  let next = pull();
  for (let batch = await next; !batch.done; batch = await next) {
    next = pull();
    yield batch.value;
  }
}

interface Part {
  folder: SyncFolder;
  side: Side;
}

/** One message that the database will not take must not hold up the others: the batch is halved until it is found and quarantined. */
async function store(work: MailboxWork, part: Part, messages: readonly FetchedMessage[]): Promise<void> {
  const { mailbox, services } = work;
  const move = moveOf(part.side, messages);
  try {
    await work.transact((ctx) =>
      storeBatch(ctx, { mailbox, folder: part.folder }, { messages, move, live: part.side === 'newer' }),
    );
  } catch (error) {
    const [first] = messages;
    if (!isUnstorable(error) || first === undefined || (messages.length === 1 && 'unreadable' in first)) throw error;
    services.log.warn({ err: error, mailboxId: mailbox.id, messages: messages.length }, 'a message cannot be stored');
    if (messages.length === 1) {
      const { uid, internalDate, size, source } = first;
      return store(work, part, [{ uid, internalDate, size, source, unreadable: 'not_storable' }]);
    }
    const middle = Math.ceil(messages.length / 2);
    await store(work, part, messages.slice(0, middle));
    await store(work, part, messages.slice(middle));
  }
}

/** Data exceptions, broken constraints, and limits of the program (Postgres, appendix A). */
const isUnstorable = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? '');

function moveOf(side: Side, messages: readonly FetchedMessage[]): CursorMove {
  const uids = messages.map(({ uid }) => uid);
  if (side === 'newer') return { ceiling: Math.max(...uids) };
  return side === 'older' ? { floor: Math.min(...uids) } : {};
}

async function* read(batches: AsyncIterable<RawMessage[]>): AsyncGenerator<FetchedMessage[]> {
  for await (const batch of batches) {
    const messages: FetchedMessage[] = [];
    for (const [index, message] of batch.entries()) {
      if (index % parsedAtOnce === parsedAtOnce - 1) await setImmediate();
      messages.push(readOne(message));
    }
    yield messages;
  }
}

function readOne({ uid, source, truncated, internalDate, size }: RawMessage): FetchedMessage {
  const about = { uid, internalDate, size, source };
  try {
    return { ...about, parsed: parseMessage(source, { internalDate, truncated }) };
  } catch (error) {
    return { ...about, unreadable: error instanceof MalformedMessage ? error.reason : 'unreadable' };
  }
}
