/** How to reach one server (IMAP or SMTP) and who to be there. */
export interface MailServerSettings {
  host: string;
  port: number;
  /** `tls` from the first byte; `starttls` or nothing (never silently plain); `none` is a person's explicit choice. */
  security: 'tls' | 'starttls' | 'none';
  auth: { type: 'password'; username: string; password: string };
}

/**
 * Why a mail server did not do what it was asked. These must stay apart, since each calls for another reaction:
 * - `unreachable`: no connection, a time-out, a temporary failure. Back off and try again.
 * - `throttled`: too many connections or commands. Back off for longer (`retryAfterMs` when the server says).
 * - `rejected`: the credentials were refused. Stop trying until a person changes them.
 * - `needs_reauthorisation`: a token was revoked or has run out. Stop trying until a person signs in again.
 * - `tls`: no encryption on offer though it is required, or a certificate that does not verify. Stop trying.
 * - `refused_host`: our own policy forbids the address (private ranges). Stop trying.
 * - `refused_message`: SMTP refused this message or all of its recipients (`permanent` says whether for good).
 * - `no_such_folder`, `folder_reset`: the folder went away, or its UIDVALIDITY is not the expected one.
 * - `protocol`: the server answered something that makes no sense, or refused a command for a reason of its own.
 */
export type MailErrorKind =
  | 'unreachable'
  | 'throttled'
  | 'rejected'
  | 'needs_reauthorisation'
  | 'tls'
  | 'refused_host'
  | 'refused_message'
  | 'no_such_folder'
  | 'folder_reset'
  | 'protocol';

/** What every call below rejects with; nothing else comes out. Recognise it by `isMailError` (mail-error.rules.ts). */
export interface MailError extends Error {
  readonly name: 'MailError';
  readonly kind: MailErrorKind;
  /** `message` holds the server's own words, fit to be shown to the mailbox's owner; no credentials, one line. */
  readonly message: string;
  readonly retryAfterMs?: number;
  /** For `refused_message`: the server will not take this message on another day either (5xx). */
  readonly permanent?: boolean;
  /** The connection broke after the message was handed over and before the answer: it may or may not have been sent. */
  readonly inDoubt?: boolean;
}

/** Whether one server accepted our settings; `message` is the server's own words. */
export type PartResult = { ok: true } | { ok: false; code: MailErrorKind; message: string };

export interface ImapServers {
  /** Connects, signs in, lists the folders, leaves. Never rejects. */
  testImap(settings: MailServerSettings): Promise<PartResult>;
  /** Connects and signs in. Rejects with a `MailError`. */
  connect(settings: MailServerSettings): Promise<MailConnection>;
}

export interface SmtpServers {
  /** Connects, signs in, leaves. Never rejects. */
  testSmtp(settings: MailServerSettings): Promise<PartResult>;
  /** Hands one message over. Resolves when at least one recipient was accepted; else rejects with a `MailError`. */
  send(settings: MailServerSettings, mail: OutgoingMail): Promise<SendResult>;
  /** Writes the message as bytes. The same input (with its date and ids) gives the same headers. */
  compose(draft: MailDraft): Promise<OutgoingMail>;
}

/** The port for mail servers: `{ ...imapServers(options), ...smtpServers(options) }`. */
export interface MailServers extends ImapServers, SmtpServers {}

/** What a folder is for (RFC 6154, or guessed from its name); `other` has no special use. */
export type FolderRole = 'inbox' | 'sent' | 'drafts' | 'trash' | 'junk' | 'archive' | 'all' | 'flagged' | 'other';

export interface FolderInfo {
  path: string;
  role: FolderRole;
  delimiter: string;
  /** Counts of selectable folders, when the listing was asked for them. */
  status?: FolderStatus;
}

export interface FolderStatus {
  uidValidity: number;
  /** Every message now present has a lower UID. */
  uidNext: number;
  /** Null when the server has no CONDSTORE. */
  highestModseq: bigint | null;
  exists: number;
}

/** A folder as the caller knows it; with `uidValidity` every command first makes sure that the UIDs still mean the same. */
export interface FolderRef {
  path: string;
  uidValidity?: number;
}

/** All conditions hold together. Days, not moments: `since` compares the server's date of arrival, without a time. */
export interface UidQuery {
  from?: number;
  to?: number;
  since?: Date;
  /** With or without angle brackets. */
  messageId?: string;
}

export interface RawMessage {
  uid: number;
  /** The whole message; only its header when `truncated`. */
  source: Uint8Array;
  truncated: boolean;
  internalDate: Date;
  flags: string[];
  /** Bytes on the server (RFC822.SIZE). */
  size: number;
  /** EMAILID (RFC 8474) or X-GM-MSGID; names a message within this mailbox only. */
  emailId?: string;
  modseq?: bigint;
}

export interface MessageFlags {
  uid: number;
  flags: string[];
  modseq?: bigint;
}

export interface FetchLimits {
  /** A larger message comes as header only, `truncated`. Default 25 MiB. */
  maxBytes?: number;
  /** A batch ends when it holds this much. Default 8 MiB and 250 messages. */
  batchBytes?: number;
  batchCount?: number;
}

/** Something happened in the watched folder; which UIDs it was is for the caller to ask. */
export interface FolderChange {
  path: string;
  kind: 'arrived' | 'removed' | 'flags';
}

/**
 * One signed-in IMAP connection. Its commands may be called at any time from anywhere: they queue up behind each other.
 * Every command has a time limit, and a connection that ran into one is closed. Folders are opened read-only, so
 * reading never marks a message as seen.
 */
export interface MailConnection {
  /** Resolves once, when the connection is gone for whatever reason; with the error unless `close` was called. */
  readonly closed: Promise<MailError | null>;
  /** Capabilities after sign-in, upper-case, e.g. `CONDSTORE`, `OBJECTID`, `X-GM-EXT-1`. */
  readonly capabilities: ReadonlySet<string>;
  /** Selectable folders; with `status` also their counts (one LIST-STATUS round trip where the server has it). */
  listFolders(options?: { status: boolean }): Promise<FolderInfo[]>;
  /** Throws `no_such_folder`. */
  status(path: string): Promise<FolderStatus>;
  /** Ascending. ESEARCH where the server has it (20,000 UIDs in about 30 ms). */
  searchUids(folder: FolderRef, query?: UidQuery): Promise<number[]>;
  /**
   * Yields finished batches in the order of `uids` given (newest first, if so given). No command is running while the
   * caller handles a batch, so it may use this connection freely. UIDs that no longer exist are left out.
   */
  fetchMessages(folder: FolderRef, uids: number[], limits?: FetchLimits): AsyncIterable<RawMessage[]>;
  /** Flags of the given UIDs, or of all whose flags changed after `changedSince` (needs CONDSTORE; else all). */
  fetchFlags(folder: FolderRef, which: { uids: number[] } | { changedSince: bigint }): Promise<MessageFlags[]>;
  /**
   * Watches one folder by IDLE, or by polling every 30 s where the server has no IDLE; a second call replaces the first.
   * Other commands may be used meanwhile: the watch goes on after them, and reports what happened in between. When it
   * cannot go on (the folder was deleted) the connection ends, and `closed` says why.
   */
  watch(path: string, onChange: (change: FolderChange) => void): Promise<FolderStatus>;
  /** Stores a message, e.g. in Sent. The UID is null when the server does not tell it (no UIDPLUS). */
  append(
    path: string,
    source: Uint8Array,
    options?: { flags?: string[]; date?: Date },
  ): Promise<{ uid: number | null; uidValidity: number | null }>;
  /** Signs out and closes. Never rejects. */
  close(): Promise<void>;
}

export interface MailPerson {
  address: string;
  name?: string;
}

/** A message to be written. `bcc` gets it and appears nowhere in it. */
export interface MailDraft {
  from: MailPerson;
  to: MailPerson[];
  cc?: MailPerson[];
  bcc?: MailPerson[];
  replyTo?: MailPerson[];
  subject: string;
  text: string;
  html?: string;
  /** Ids with or without angle brackets. */
  messageId: string;
  inReplyTo?: string;
  references?: string[];
  date: Date;
}

export interface OutgoingMail {
  envelope: { from: string; to: string[] };
  source: Uint8Array;
}

export interface SendResult {
  accepted: string[];
  /** Recipients the server refused, with its words; the others got the message. */
  refused: { address: string; message: string; permanent: boolean }[];
  /** The server's last answer. */
  response: string;
  /** The Message-ID the server says it put in place of ours (Microsoft 365, Amazon SES), without brackets. */
  serverMessageId?: string;
}
