import type { ImapFlow, MailboxObject } from 'imapflow';
import type { FolderChange } from '../../src/email/mail.ports.ts';

/**
 * Keeps one folder open on a connection whenever no other command needs it. ImapFlow then idles by itself (or polls,
 * without IDLE) and emits what it sees; what happened while another folder was open shows in the counts on re-opening.
 */
export class FolderWatch {
  readonly #client: ImapFlow;
  readonly #pollMs: number;
  #path: string | null = null;
  #onChange: (change: FolderChange) => void = () => undefined;
  #uidNext = 0;
  #exists = 0;
  #modseq: bigint | undefined;

  constructor(client: ImapFlow, pollMs: number) {
    this.#client = client;
    this.#pollMs = pollMs;
    client.on('exists', ({ path, count, prevCount }) => this.#tell(path, count > prevCount ? 'arrived' : 'removed'));
    client.on('expunge', ({ path }) => this.#tell(path, 'removed'));
    client.on('flags', ({ path }) => this.#tell(path, 'flags'));
  }

  start(opened: MailboxObject, onChange: (change: FolderChange) => void): void {
    this.#path = opened.path;
    this.#onChange = onChange;
    this.#remember(opened);
    if (!this.#client.capabilities.has('IDLE')) this.#client.maxIdleTime = this.#pollMs;
  }

  stop(): void {
    this.#path = null;
  }

  /** Opens the watched folder again if another is open, and reports what changed meanwhile. */
  async resume(): Promise<void> {
    const path = this.#path;
    const current = this.#client.mailbox;
    if (path === null || !this.#client.usable || (current && current.path === path)) return;
    const opened = await this.#client.mailboxOpen(path, { readOnly: true });
    const { uidNext, exists, highestModseq } = opened;
    const arrived = uidNext > this.#uidNext;
    const removed = exists - this.#exists < uidNext - this.#uidNext;
    const flags = !arrived && !removed && highestModseq !== this.#modseq;
    this.#remember(opened);
    if (arrived) this.#tell(path, 'arrived');
    if (removed) this.#tell(path, 'removed');
    if (flags) this.#tell(path, 'flags');
  }

  #remember(opened: MailboxObject): void {
    this.#uidNext = opened.uidNext;
    this.#exists = opened.exists;
    this.#modseq = opened.highestModseq;
  }

  #tell(path: string, kind: FolderChange['kind']): void {
    if (path !== this.#path) return;
    const current = this.#client.mailbox;
    if (current && current.path === path) this.#remember(current);
    this.#onChange({ path, kind });
  }
}
