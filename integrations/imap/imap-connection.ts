import type { ImapFlow, ListResponse, MailboxObject, SearchObject, StatusObject } from 'imapflow';
import type {
  FetchLimits,
  FolderChange,
  FolderInfo,
  FolderRef,
  FolderRole,
  FolderStatus,
  MailConnection,
  MailError,
  MessageFlags,
  RawMessage,
  UidQuery,
} from '../../src/email/mail.ports.ts';
import { MailServerError } from '../mail-error.ts';
import { within } from '../mail-network.ts';
import { imapFailure } from './imap-failure.ts';
import { fetchBatch, lastingFlags, planBatches } from './imap-fetch.ts';
import { FolderWatch } from './imap-watch.ts';
import { expandUids, uidRanges } from './uid-set.ts';

const STATUS_ITEMS = { messages: true, uidNext: true, uidValidity: true, highestModseq: true } as const;

/** A signed-in ImapFlow client behind a queue: two commands of ours never overlap on it. */
export class ImapConnection implements MailConnection {
  readonly closed: Promise<MailError | null>;
  readonly capabilities: ReadonlySet<string>;
  readonly #client: ImapFlow;
  readonly #limitMs: number;
  readonly #watch: FolderWatch;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #lastError: MailServerError | null = null;

  constructor(client: ImapFlow, { limitMs, pollMs }: { limitMs: number; pollMs: number }) {
    this.#client = client;
    this.#limitMs = limitMs;
    this.#watch = new FolderWatch(client, pollMs);
    this.capabilities = new Set([...client.capabilities.keys()].map((name) => name.toUpperCase()));
    client.on('error', (error: unknown) => {
      this.#lastError ??= imapFailure(error);
    });
    this.closed = new Promise((resolve) => {
      client.once('close', () => resolve(client.closedByClient && !this.#lastError ? null : this.#whyClosed()));
    });
  }

  listFolders(options?: { status: boolean }): Promise<FolderInfo[]> {
    return this.#run('listing folders', async () => {
      const listed = await this.#client.list(options?.status ? { statusQuery: STATUS_ITEMS } : {});
      return listed.filter(isSelectable).map(folderInfo);
    });
  }

  status(path: string): Promise<FolderStatus> {
    return this.#run('status', async () => statusOf(await this.#client.status(path, STATUS_ITEMS)));
  }

  searchUids(folder: FolderRef, query: UidQuery = {}): Promise<number[]> {
    return this.#inFolder('searching', folder, async () => {
      const found = await this.#client.search(searchObject(query), { uid: true, returnOptions: ['ALL'] });
      if (!found) throw new MailServerError('protocol', 'the server refused the search');
      const uids = Array.isArray(found) ? found : expandUids(found.all ?? '');
      // A range `7:*` always matches the newest message, even when its UID is lower (RFC 3501, 6.4.8).
      return uids.filter((uid) => uid >= (query.from ?? 1)).sort((a, b) => a - b);
    });
  }

  async *fetchMessages(folder: FolderRef, uids: number[], limits: FetchLimits = {}): AsyncIterable<RawMessage[]> {
    if (uids.length === 0) return;
    const sizes = await this.#inFolder('reading sizes', folder, async () => {
      const sized = await this.#client.fetchAll(uidRanges(uids), { uid: true, size: true }, { uid: true });
      return new Map(sized.map((message) => [message.uid, message.size ?? 0]));
    });
    for (const batch of planBatches(uids, sizes, limits)) {
      const messages = await this.#inFolder('reading messages', folder, () => fetchBatch(this.#client, batch));
      if (messages.length > 0) yield messages;
    }
  }

  fetchFlags(folder: FolderRef, which: { uids: number[] } | { changedSince: bigint }): Promise<MessageFlags[]> {
    if ('uids' in which && which.uids.length === 0) return Promise.resolve([]);
    return this.#inFolder('reading flags', folder, async (opened) => {
      if (opened.exists === 0) return [];
      const range = 'uids' in which ? uidRanges(which.uids) : '1:*';
      const since = 'changedSince' in which && opened.highestModseq !== undefined ? { changedSince: which.changedSince } : {};
      const changed = await this.#client.fetchAll(range, { uid: true, flags: true }, { uid: true, ...since });
      return changed.map((message) => ({
        uid: message.uid,
        flags: lastingFlags(message),
        ...(message.modseq === undefined ? {} : { modseq: message.modseq }),
      }));
    });
  }

  watch(path: string, onChange: (change: FolderChange) => void): Promise<FolderStatus> {
    return this.#run('opening the watched folder', async () => {
      this.#watch.stop();
      this.#client.options.disableAutoIdle = false;
      const opened = await this.#client.mailboxOpen(path, { readOnly: true });
      this.#watch.start(opened, onChange);
      return folderStatus(opened);
    });
  }

  append(path: string, source: Uint8Array, options: { flags?: string[]; date?: Date } = {}) {
    return this.#run('storing a message', async () => {
      const stored = await this.#client.append(path, source, options.flags ?? [], options.date);
      if (!stored) throw new MailServerError('protocol', 'the server did not store the message');
      return { uid: stored.uid ?? null, uidValidity: stored.uidValidity === undefined ? null : Number(stored.uidValidity) };
    });
  }

  async close(): Promise<void> {
    this.#watch.stop();
    const leaving = this.#client.logout().catch(() => undefined);
    await within(Math.min(this.#limitMs, 3_000), leaving, 'signing out').catch(() => undefined);
    this.#client.close();
  }

  #inFolder<T>(what: string, folder: FolderRef, work: (opened: MailboxObject) => Promise<T>): Promise<T> {
    return this.#run(what, async () => {
      const current = this.#client.mailbox;
      const opened =
        current && current.path === folder.path ? current : await this.#client.mailboxOpen(folder.path, { readOnly: true });
      if (folder.uidValidity !== undefined && Number(opened.uidValidity) !== folder.uidValidity) {
        throw new MailServerError('folder_reset', `UIDVALIDITY of ${folder.path} is now ${opened.uidValidity}`);
      }
      return work(opened);
    });
  }

  /** Runs one command after all earlier ones, within the time limit; the watched folder is open again when none is left. */
  #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const turn = this.#tail.then(async () => {
      try {
        return await this.#limited(what, work());
      } catch (error) {
        throw this.#client.usable ? imapFailure(error) : this.#whyClosed(error);
      } finally {
        this.#waiting -= 1;
        if (this.#waiting === 0) await this.#resumeWatch();
      }
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** A watch that cannot go on ends the connection: `closed` says why. */
  async #resumeWatch(): Promise<void> {
    try {
      await this.#limited('opening the watched folder again', this.#watch.resume());
    } catch (error) {
      this.#lastError ??= imapFailure(error);
      this.#client.close();
    }
  }

  /** The limit is for silence: a slow but living download goes on. */
  async #limited<T>(what: string, work: Promise<T>): Promise<T> {
    const stalled = Promise.withResolvers<never>();
    let received = this.#client.stats().received;
    const check = setInterval(() => {
      const now = this.#client.stats().received;
      if (now === received) {
        this.#lastError ??= new MailServerError('unreachable', `no answer within ${this.#limitMs / 1000} s (${what})`);
        stalled.reject(this.#lastError);
        this.#client.close();
      }
      received = now;
    }, this.#limitMs);
    try {
      return await Promise.race([work, stalled.promise]);
    } finally {
      clearInterval(check);
    }
  }

  #whyClosed(error?: unknown): MailServerError {
    if (error instanceof MailServerError) return error;
    const reason = this.#client.byeReason;
    return (
      this.#lastError ?? imapFailure(Object.assign(new Error(reason || 'the connection was closed'), { code: 'NoConnection' }))
    );
  }
}

const ROLES: Record<string, FolderRole> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Drafts': 'drafts',
  '\\Trash': 'trash',
  '\\Junk': 'junk',
  '\\Archive': 'archive',
  '\\All': 'all',
  '\\Flagged': 'flagged',
};

function isSelectable(folder: ListResponse): boolean {
  return folder.listed && !folder.flags.has('\\Noselect') && !folder.flags.has('\\NonExistent');
}

function folderInfo(folder: ListResponse): FolderInfo {
  const role = ROLES[folder.specialUse ?? ''] ?? 'other';
  const counted = folder.status?.uidValidity === undefined ? {} : { status: statusOf(folder.status) };
  return { path: folder.path, role, delimiter: folder.delimiter, ...counted };
}

function statusOf(status: StatusObject | false): FolderStatus {
  if (!status || status.uidValidity === undefined) throw new MailServerError('no_such_folder', 'there is no such folder');
  const { uidValidity, uidNext = 1, highestModseq, messages = 0 } = status;
  return { uidValidity: Number(uidValidity), uidNext, highestModseq: highestModseq ?? null, exists: messages };
}

function folderStatus(opened: MailboxObject): FolderStatus {
  const { uidValidity, uidNext, highestModseq, exists } = opened;
  return { uidValidity: Number(uidValidity), uidNext, highestModseq: highestModseq ?? null, exists };
}

function searchObject({ from, to, since, messageId }: UidQuery): SearchObject {
  const ranged = from !== undefined || to !== undefined;
  const query: SearchObject = {
    ...(ranged ? { uid: `${from ?? 1}:${to ?? '*'}` } : {}),
    ...(since ? { since } : {}),
    ...(messageId ? { header: { 'message-id': messageId } } : {}),
  };
  return Object.keys(query).length > 0 ? query : { all: true };
}
