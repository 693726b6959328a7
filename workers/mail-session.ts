import { type Context, reading, rootCause, type Services, systemActor, transact } from '../src/context.ts';
import { refreshFolders, type SyncFolder } from '../src/email/folders.ts';
import type { MailConnection } from '../src/email/mail.ports.ts';
import { isMailError } from '../src/email/mail-error.rules.ts';
import { type HeldMailbox, mailboxToSync, markFailed, markLive, markSynced } from '../src/email/mailbox-state.ts';
import { serversOf } from '../src/email/mailboxes.ts';
import { isUnavailable } from '../src/errors.ts';
import { backfill, catchUp, type MailboxWork, proveComplete } from './mail-folder.ts';

/** How often the folders that are not watched are looked at, and how often a mailbox is compared with its ledger as a whole. */
const listEveryMs = 15_000;
const proveEveryMs = 600_000;
const syncedEveryMs = 60_000;

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };

/**
 * Reads one mailbox for as long as its connection lasts: what is new at once, what was there before meanwhile, newest first. Ends when
 * it is told to or when the server fails; the failure is noted on the mailbox, which says when it is tried again.
 */
export async function runSession(services: Services, mailboxId: string, signal: AbortSignal): Promise<void> {
  const found = await reading(services, doing, async (ctx) => {
    const mailbox = await mailboxToSync(ctx, mailboxId);
    return mailbox && { mailbox, servers: await serversOf(ctx, mailboxId) };
  });
  if (!found?.servers) return;
  const { mailbox, servers } = found;
  let connection: MailConnection | undefined;
  const close = () => void connection?.close();
  signal.addEventListener('abort', close);
  try {
    connection = await services.ports.mailServers.connect(servers.imap);
    const cause = rootCause({ kind: 'job' });
    const run = <T>(work: (ctx: Context) => Promise<T>) => transact(services, { ...doing, cause }, work);
    const second = () => services.ports.mailServers.connect(servers.imap);
    if (!signal.aborted) await new Session({ services, mailbox, connection, signal, transact: run }).run(second);
  } catch (error) {
    if (!signal.aborted) await noteFailure(services, mailbox, error);
  } finally {
    signal.removeEventListener('abort', close);
    await connection?.close();
  }
}

async function noteFailure(services: Services, mailbox: HeldMailbox, error: unknown): Promise<void> {
  if (isUnavailable(error)) throw error;
  const failure = isMailError(error)
    ? { kind: error.kind, words: error.message, retryAfterMs: error.retryAfterMs }
    : { kind: 'protocol' as const, words: 'Something went wrong on our side; the log has the story.' };
  services.log.warn({ err: error, mailboxId: mailbox.id, kind: failure.kind }, 'mailbox cannot be read');
  await transact(services, doing, (ctx) => markFailed(ctx, mailbox, failure));
}

class Session {
  readonly #work: MailboxWork;
  /** Folders that something happened in, by their role, and what. */
  readonly #changes = new Set<`${'inbox' | 'sent'} ${'arrived' | 'removed'}`>();
  #wake = () => {};
  #folders: SyncFolder[] = [];
  /** The server's last list, to tell whether anything has changed since: of a thousand idle mailboxes none costs a transaction. */
  #listed = '';
  #backfill: AsyncGenerator<void> | undefined;
  #listedAt = 0;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #provedAt = Number.NEGATIVE_INFINITY;

  constructor(work: MailboxWork) {
    this.#work = work;
  }

  /** `second` makes another connection to the same server. */
  async run(second: () => Promise<MailConnection>): Promise<void> {
    const { connection, mailbox, signal } = this.#work;
    const lost = connection.closed.then((error) => {
      if (error) throw error;
    });
    lost.catch(() => this.#wake());
    signal.addEventListener('abort', () => this.#wake());
    await this.#list();
    const inbox = this.#folders.find(({ role }) => role === 'inbox');
    if (inbox) await connection.watch(inbox.path, ({ kind }) => this.#noticed('inbox', kind));
    this.#changes.add('inbox arrived'); // between the list and the watch
    await this.#work.transact((ctx) => markLive(ctx, mailbox));
    void this.#watchSent(second);
    while (!signal.aborted) {
      try {
        if (!(await this.#step())) await Promise.race([this.#rest(), lost]);
      } catch (error) {
        if (!isMailError(error) || (error.kind !== 'folder_reset' && error.kind !== 'no_such_folder')) throw error;
        this.#backfill = undefined;
        this.#listed = '';
        await this.#list();
      }
    }
  }

  /** Where the server allows another connection, Sent is watched too; else it is looked at with the other folders. */
  async #watchSent(second: () => Promise<MailConnection>): Promise<void> {
    const { services, mailbox, signal } = this.#work;
    const sent = this.#folders.find(({ role }) => role === 'sent');
    if (!sent) return;
    try {
      const watcher = await second();
      const close = () => void watcher.close();
      if (signal.aborted) return close();
      signal.addEventListener('abort', close);
      this.#work.connection.closed.then(close, close);
      await watcher.watch(sent.path, ({ kind }) => this.#noticed('sent', kind));
      this.#noticed('sent', 'arrived');
    } catch (error) {
      services.log.debug({ err: error, mailboxId: mailbox.id }, 'the sent folder is not watched');
    }
  }

  #noticed(role: 'inbox' | 'sent', kind: 'arrived' | 'removed' | 'flags'): void {
    if (kind === 'flags') return;
    this.#changes.add(`${role} ${kind}`);
    this.#wake();
  }

  /** Does what is most urgent: new mail, then one batch of old mail, then the proof. False when there is nothing left to do now. */
  async #step(): Promise<boolean> {
    const { mailbox } = this.#work;
    if (performance.now() - this.#listedAt > listEveryMs) await this.#list();
    for (const role of ['inbox', 'sent'] as const) {
      if (!this.#changes.delete(`${role} arrived`)) continue;
      const folder = this.#folders.find((one) => one.role === role);
      if (folder) await catchUp(this.#work, folder);
      return true;
    }
    this.#backfill ??= backfill(this.#work, this.#folders);
    const { done } = await this.#backfill.next();
    if (performance.now() - this.#syncedAt > syncedEveryMs) {
      await this.#work.transact((ctx) => markSynced(ctx, mailbox));
      this.#syncedAt = performance.now();
    }
    if (!done) return true;
    const due = performance.now() - this.#provedAt > proveEveryMs;
    for (const folder of this.#folders) {
      const removed = this.#changes.delete(`${folder.role as 'inbox' | 'sent'} removed`);
      if (due || removed) await proveComplete(this.#work, folder);
    }
    if (due) this.#provedAt = performance.now();
    return this.#changes.size > 0;
  }

  /** Looks at all folders with one command, and catches up with those that have something new. */
  async #list(): Promise<void> {
    const { connection, mailbox } = this.#work;
    const folders = await connection.listFolders({ status: true });
    this.#listedAt = performance.now();
    const listed = JSON.stringify(folders, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    if (listed === this.#listed) return;
    const known = new Set(this.#folders.map(({ id, uidValidity }) => `${id} ${uidValidity}`));
    this.#folders = await this.#work.transact((ctx) => refreshFolders(ctx, mailbox.id, folders));
    if (this.#folders.some(({ id, uidValidity }) => !known.has(`${id} ${uidValidity}`))) this.#backfill = undefined;
    const next = new Map(folders.map(({ path, status }) => [path, status?.uidNext ?? 0]));
    for (const folder of this.#folders) {
      if ((next.get(folder.path) ?? 0) > folder.uidCeiling + 1) await catchUp(this.#work, folder);
    }
    this.#listed = listed;
  }

  /** Until something is noticed, or it is time to look at the other folders. */
  #rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, this.#listedAt + listEveryMs - performance.now()) + 1);
    this.#wake = resolve;
    if (this.#changes.size > 0 || this.#work.signal.aborted) resolve();
    return promise.finally(() => clearTimeout(timer));
  }
}
