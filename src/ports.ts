import type { MailServers } from './email/mail.ports.ts';
import type { LogEvent } from './log.ts';

/**
 * What slices need of engines and outside servers: interfaces only. `bin/` passes implementations, `ctx.ports` carries them,
 * so nothing in `src/` learns of Temporal, BullMQ's workers, IMAP or React.
 */
export interface Ports {
  queues: QueuePort;
  log: LogPort;
  secrets: SecretsPort;
  runs: RunsPort;
  live: LivePort;
  mailServers: MailServers;
}

/** Wakes a queue's workers for a row of `jobs`; losing a wake is harmless, the sweeper gives another. */
export interface QueuePort {
  wake(queue: QueueName, jobId: string, runAt: Date): void;
}

/** The six queues; each costs connections, see "Connections" in the README. */
export const queueNames = ['mail-sync', 'mail-send', 'webhook-in', 'webhook-out', 'connectors', 'bulk'] as const;
export type QueueName = (typeof queueNames)[number];

/** Tells the sequencer of this process that a transaction with events has committed. */
export interface LogPort {
  poke(): void;
}

/** Seals values for storage, bound to where they are stored. */
export interface SecretsPort {
  /** `place` is table, row id and column; a value sealed for one place does not open in another. */
  seal(plain: string, place: readonly [table: string, row: string, column: string]): Buffer;
  /** Throws when the value was sealed with a key that is not configured, or for another place. */
  open(sealed: Buffer, place: readonly [table: string, row: string, column: string]): string;
  /** HMAC-SHA-256 over a text with a key derived for `purpose`; for cursors and links. */
  sign(purpose: string, text: string): Buffer;
}

/** State of a workflow run as its engine tells it. */
export interface RunState {
  status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'unknown';
  /** Answer of the workflow's `state` query; absent when the engine cannot be asked now. */
  state?: unknown;
}

/** The durable workflows, asked by their id (`deal-<id>`, `task-<id>`). */
export interface RunsPort {
  /** Throws `workflows_unavailable` when the engine is away. */
  describe(workflowId: string): Promise<RunState | undefined>;
}

/** The log as it grows, for live updates. */
export interface LivePort {
  /** Calls the listener with each batch of new events, in order. Returns how to end it. */
  subscribe(listener: (events: readonly LogEvent[]) => void): () => void;
}
