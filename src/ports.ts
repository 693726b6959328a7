import type { Readable } from 'node:stream';
import type { CustomFieldsPort } from './custom-fields.ts';
import type { MailServers } from './email/mail.ports.ts';
import type { IdentityProviders } from './identity/provider.ports.ts';
import type { LogEvent } from './log.ts';
import type { RecordSettingsPort } from './settings.ts';

/**
 * What slices need of engines and outside servers: interfaces only. `bin/` passes implementations, `ctx.ports` carries them,
 * so nothing in `src/` learns of Temporal, BullMQ's workers, IMAP or React.
 */
export interface Ports {
  queues: QueuePort;
  commits: CommitsPort;
  secrets: SecretsPort;
  runs: RunsPort;
  live: LivePort;
  customFields: CustomFieldsPort;
  recordSettings: RecordSettingsPort;
  dialer: Dialer;
  outbound: Outbound;
  evaluator: Evaluator;
  mailServers: MailServers;
  systemMail: SystemMail;
  identityProviders: IdentityProviders;
  files: FileStore;
}

/**
 * Content of files, each under the hex SHA-256 of its bytes. Throws 503 `file_store_unavailable` when the store is elsewhere and away; `has` and
 * `remove` do so within seconds, since they are called while a file's row is written.
 */
export interface FileStore {
  /** Stores what a stream holds, so that it outlives a crash. Throws 413 `body_too_large`, and keeps nothing of what fails. */
  put(content: Readable, limitBytes: number): Promise<{ sha256: string; size: number }>;
  has(sha256: string): Promise<boolean>;
  /** Undefined when it is not there. */
  open(sha256: string): Promise<Readable | undefined>;
  remove(sha256: string): Promise<void>;
  /** What was last stored before this time. */
  list(before: Date): AsyncIterable<string>;
}

/** Wakes a queue's workers for a row of `jobs`; losing a wake is harmless, the sweeper gives another. */
export interface QueuePort {
  wake(queue: QueueName, jobId: string, runAt: Date): void;
}

/** The six queues; each costs connections, see "Connections" in the README. */
export const queueNames = ['mail-sync', 'mail-send', 'webhook-in', 'webhook-out', 'connectors', 'bulk'] as const;
export type QueueName = (typeof queueNames)[number];

/** What this process commits, told at once to whoever in this process has to do with it: a short cut past the log, never instead of it. */
export interface CommitsPort {
  committed(events: readonly { type: string; recordType: string }[]): void;
  /** Calls the listener after each commit that added to the log. Returns how to end it. */
  subscribe(listener: (events: readonly { type: string; recordType: string }[]) => void): () => void;
}

/** Seals values for storage, bound to where they are stored. */
export interface SecretsPort {
  /** `place` is table, row id and column; a value sealed for one place does not open in another. */
  seal(plain: string, place: readonly [table: string, row: string, column: string]): Buffer;
  /** Throws when the value was sealed with a key that is not configured, or for another place. */
  open(sealed: Buffer, place: readonly [table: string, row: string, column: string]): string;
  /** Of the key that seals: bytes 2 to 5 of what it has sealed. */
  readonly fingerprint: Buffer;
  /** HMAC-SHA-256 over a text with a key derived for `purpose`, in base64url; for cursors. */
  sign(purpose: string, text: string): string;
}

/** State of a workflow run as its engine tells it. */
export interface RunState {
  status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'unknown';
}

/** What a durable workflow watches over; its id is `<kind>-<record's id>`. */
export type RunKind = 'deal' | 'task' | 'erasure';

/** Something happened to a record. Which event led to it is for the run's history; the workflow reads the record itself. */
export interface RunPoke {
  kind: RunKind;
  recordId: string;
  eventId: string | null;
  position: number | null;
}

/** The durable workflows. Each call throws `workflows_unavailable` within seconds when the engine is away. */
export interface RunsPort {
  /** The newest run of this id; undefined when the engine knows of none. */
  describe(workflowId: string): Promise<RunState | undefined>;
  /** Has the record's workflow look at it, and begins one where there is none. Any number of times, in any order. */
  poke(poke: RunPoke): Promise<void>;
}

/** The log as it grows, for live updates. */
export interface LivePort {
  /** Calls the listener with each batch of new events, in order. Returns how to end it. */
  subscribe(listener: (events: readonly LogEvent[]) => void): () => void;
}

/** An address that was resolved once and found fit to connect to. */
export interface VettedAddress {
  address: string;
  family: 4 | 6;
  /** Whether `ALLOW_PRIVATE_HOSTS` names it. */
  allowed: boolean;
}

/** Decides where the process may connect to. */
export interface Dialer {
  /**
   * Resolves a host (a name, or an address in any spelling) and gives the address to connect to: connecting to the name
   * again would let its owner answer differently. Throws `HostRefused` and `HostUnknown` of `src/dialer.ts`.
   */
  vet(host: string): Promise<VettedAddress>;
}

export interface OutboundRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** `host` and the headers of framing are set from the address and the body, whatever is given here. */
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** For everything: resolving, connecting, sending and reading the answer. */
  timeoutMs: number;
  /** How much of the answer's body is kept; 16 kB unless said. */
  maxBytes?: number;
}

export interface OutboundAnswer {
  ok: true;
  /** Any status, also 3xx: redirects are never followed. */
  status: number;
  headers: Record<string, string>;
  /** As sent, neither decompressed nor decoded; cut at `maxBytes` when `truncated`. */
  body: Uint8Array;
  truncated: boolean;
  /** From the call to the end of the body, in whole milliseconds. */
  ms: number;
}

export interface OutboundFailure {
  ok: false;
  /**
   * `refused_url`: not an http(s) address, http where only https is allowed, or one with a password in it.
   * `refused_host`: a private address. `unknown_host`: the name does not resolve. `unreachable`: no connection, or it
   * broke. `tls`: the certificate or the handshake. `timeout`: `timeoutMs` passed. `bad_answer`: not HTTP.
   */
  code: 'refused_url' | 'refused_host' | 'unknown_host' | 'unreachable' | 'tls' | 'timeout' | 'bad_answer';
  /** For people; holds no header and no body. */
  message: string;
  ms: number;
}

/** Calls to addresses that users have given. */
export interface Outbound {
  /** Never throws for what the network or the receiver does. */
  fetch(url: string, request: OutboundRequest): Promise<OutboundAnswer | OutboundFailure>;
  /** Ends kept connections. */
  close(): Promise<void>;
}

export interface EvaluationFailure {
  ok: false;
  /**
   * `error`: the expression is wrong, or fails on this input. `timeout` and `memory`: it went over a limit. `busy`: not
   * tried, too many are waiting; the same call may succeed later.
   */
  code: 'error' | 'timeout' | 'memory' | 'busy';
  /** For the author of the expression. */
  message: string;
  /** Characters from the start of the expression, where the fault is known to be. */
  position?: number;
}

/** The value is plain JSON and shares nothing with the input; null when the expression found nothing. */
export type Evaluation = { ok: true; value: unknown } | EvaluationFailure;

/** Evaluates expressions that users have written, away from everything else. */
export interface Evaluator {
  /** `bindings` are seen in the expression as `$name`. Input and bindings are JSON values. Never throws. */
  evaluate(expression: string, input: unknown, bindings?: Record<string, unknown>): Promise<Evaluation>;
  /** Checks an expression without running it: what is said when a mapping is saved. Never throws. */
  compile(expression: string): Promise<{ ok: true } | EvaluationFailure>;
  /** Stops at once; what is waiting or running answers `busy`. */
  close(): Promise<void>;
}

/** A plain mail of the hub itself. */
export interface SystemMailText {
  to: string;
  subject: string;
  text: string;
}

/** The hub's own mail, through SMTP_URL. */
export interface SystemMail {
  /** Whether there is a server to send by. */
  readonly configured: boolean;
  /** Throws `mail_server_unavailable` when it may succeed later, `mail_refused` when it will not. */
  send(mail: SystemMailText): Promise<void>;
  /** The same, and says how it went. */
  test(mail: SystemMailText): Promise<{ ok: boolean; message: string }>;
}
