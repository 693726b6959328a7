import type { Logger } from 'pino';
import {
  type Context,
  newId,
  pendingOf,
  reading,
  rootCause,
  rowOf,
  rowsOf,
  type Services,
  systemActor,
  transact,
} from './context.ts';
import { SQL } from './database.ts';
import { AppError, isUnavailable } from './errors.ts';
import { type Loop, startLoop } from './loop.ts';
import { type QueueName, type QueuePort, queueNames } from './ports.ts';
import { openStore, type QueueStore } from './queue-store.ts';

/** A unit of outside work. Its row in `jobs` is the truth; BullMQ only tells a worker when to look. */
export interface Job {
  id: string;
  queue: QueueName;
  key: string;
  /** Ids and small facts, never a secret. */
  data: Record<string, unknown>;
  /** Which try this is, from 1. */
  attempts: number;
}

/**
 * Asks for work in this transaction. One row per queue and key: asking again while it waits changes nothing but its data, asking while
 * it runs makes it run once more.
 */
export async function enqueue(
  ctx: Context,
  job: { queue: QueueName; key: string; data: Record<string, unknown>; runAt?: Date },
): Promise<void> {
  const runAt = job.runAt ?? ctx.now;
  const row = await rowOf<{ id: string }>(
    ctx,
    SQL`insert into jobs as j (id, queue, key, data, run_at) values (${newId()}, ${job.queue}, ${job.key}, ${JSON.stringify(job.data)}, ${runAt})
        on conflict (queue, key) do update set data = excluded.data, generation = j.generation + 1, attempts = 0, error = null,
          failed_at = null, run_at = case when j.failed_at is null then least(j.run_at, excluded.run_at) else excluded.run_at end
        returning id`,
  );
  if (row !== undefined) pendingOf(ctx).wakes.push({ queue: job.queue, jobId: row.id, runAt });
}

/** The queues of this process. */
export interface Queues extends QueuePort {
  /** Starts BullMQ workers that call `work` with the id of a row of `jobs`. Returns how to stop them. */
  listen(work: (jobId: string, queue: QueueName) => Promise<void>): Promise<{ stop(): Promise<void> }>;
  /** Throws when the store does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  databaseUrl: string;
  redisUrl: string | undefined;
  log: Logger;
  /** Seconds after which the work of a killed process is another's; 30 unless said. */
  holdSeconds?: number;
}

/** Jobs of a queue that one process works at at once. */
const concurrency: Record<QueueName, number> = {
  'mail-sync': 4,
  'mail-send': 4,
  'webhook-in': 4,
  'webhook-out': 16,
  connectors: 2,
  bulk: 8,
};

/** Wakes kept in memory per queue while the store is busy or away; what is over is left to the sweeper. */
const wakesAtMost = 5_000;

/** Opens the queues, on Redis when there is an address of one, else on Postgres. */
export function openQueues({ databaseUrl, redisUrl, log, holdSeconds = defaultHoldSeconds }: QueueOptions): Queues {
  const store = openStore({ databaseUrl, redisUrl, log, holdMs: holdSeconds * 1_000 });
  const senders = new Map(queueNames.map((name) => [name, startSender(store, name, log)]));
  return {
    wake: (queue, jobId, runAt) => senders.get(queue)?.push(jobId, runAt),
    async listen(work) {
      const stops = queueNames.map((name) => store.listen(name, concurrency[name], (jobId) => work(jobId, name)));
      return { stop: async () => void (await Promise.all(stops.map((stop) => stop()))) };
    },
    check: () => store.check(),
    close: () => store.close(),
  };
}

/** Sends a queue's wakes: one call at a time, with all that has gathered since the last one. */
function startSender(store: QueueStore, queue: QueueName, log: Logger) {
  const waiting: Wakes = new Map();
  let sending = false;
  const send = async () => {
    try {
      while (waiting.size > 0) await store.add(queue, take(waiting));
    } catch (error) {
      log.warn({ err: error, queue }, 'wake-ups were lost; the sweeper gives others');
    } finally {
      sending = false;
    }
  };
  return {
    push(jobId: string, runAt: Date) {
      if (waiting.size >= wakesAtMost) return;
      waiting.set(`${jobId}-${Math.round(runAt.getTime())}`, { jobId, runAt });
      if (sending) return;
      sending = true;
      setImmediate(() => void send());
    },
  };
}

/** By the id that BullMQ knows a wake by: the same row at the same time is the same wake. */
type Wakes = Map<string, { jobId: string; runAt: Date }>;

const wakesAtOnce = 500;

function take(waiting: Wakes): { id: string; jobId: string; delayMs: number }[] {
  const nowMs = performance.timeOrigin + performance.now();
  return [...waiting].slice(0, wakesAtOnce).map(([id, { jobId, runAt }]) => {
    waiting.delete(id);
    return { id, jobId, delayMs: Math.round(Math.max(0, runAt.getTime() - nowMs)) };
  });
}

/** Does one job. Returning `{ againAt }` keeps the row and runs it then; an `AppError` is final, anything else is tried again. */
export type JobHandler = (services: Services, job: Job) => Promise<{ againAt: Date } | undefined>;

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
const defaultHoldSeconds = 30;
const attemptsAtMost = 12;

/** Whether an accident in this try is the job's end, so that what it was for should be marked as failed. */
export const isLastAttempt = (job: Job): boolean => job.attempts >= attemptsAtMost;

/** Which row to do, and for how long it is held without a sign of life; 30 seconds unless said. */
export interface Holding {
  jobId: string;
  holdSeconds?: number | undefined;
}

/** Claims a job's row and does it; the row is gone when it is done, and kept with its error when it has failed for good. */
export async function work(
  services: Services,
  handler: JobHandler,
  { jobId, holdSeconds = defaultHoldSeconds }: Holding,
): Promise<void> {
  const hold: Hold = { jobId, me: newId(), seconds: holdSeconds };
  const { me } = hold;
  for (;;) {
    const job = await claim(services, hold);
    if (job === undefined) return;
    const renewing = setInterval(() => void renew(services, hold), (holdSeconds * 1_000) / 3);
    let outcome: Outcome;
    try {
      const result = await handler(services, job);
      outcome = result === undefined ? { kind: 'done' } : { kind: 'again', at: result.againAt };
    } catch (error) {
      outcome = failureOf(error, job, services.now());
      services.log[outcome.kind === 'failed' ? 'error' : 'warn'](
        { err: error, queue: job.queue, jobId, attempts: job.attempts },
        'job failed',
      );
    } finally {
      clearInterval(renewing);
    }
    if (!(await settle(services, { job, me, outcome }))) return;
  }
}

type Outcome =
  | { kind: 'done' }
  | { kind: 'again'; at: Date }
  | { kind: 'retry'; at: Date; error: string }
  | { kind: 'failed'; error: string };

function failureOf(error: unknown, job: Job, now: Date): Outcome {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll('\u0000', '').slice(0, 2_000);
  const decided = error instanceof AppError && !isUnavailable(error);
  if (decided || (isLastAttempt(job) && !isUnavailable(error))) return { kind: 'failed', error: message };
  const delayMs = Math.min(3_600_000, 1_000 * 2 ** job.attempts) * (0.75 + Math.random() / 2);
  return { kind: 'retry', at: new Date(now.getTime() + delayMs), error: message };
}

/** A process's hold on a row of `jobs`. */
interface Hold {
  jobId: string;
  me: string;
  seconds: number;
}

interface ClaimedJob extends Job {
  generation: number;
}

async function claim(services: Services, { jobId, me, seconds }: Hold): Promise<ClaimedJob | undefined> {
  return transact(services, doing, (ctx) =>
    rowOf<ClaimedJob>(
      ctx,
      SQL`update jobs set holder = ${me}, held_until = now() + make_interval(secs => ${seconds}), attempts = attempts + 1
          where id = ${jobId} and failed_at is null and run_at <= now() + interval '1 second'
            and (held_until is null or held_until < now())
          returning id, queue, key, data, attempts, generation`,
    ),
  );
}

const renew = (services: Services, { jobId, me, seconds }: Hold) =>
  transact(services, doing, (ctx) =>
    rowsOf(
      ctx,
      SQL`update jobs set held_until = now() + make_interval(secs => ${seconds}) where id = ${jobId} and holder = ${me}`,
    ),
  ).catch((error: unknown) => services.log.warn({ err: error, jobId }, 'job could not be held on to'));

/** Writes the outcome. True when the job was asked for again while it ran, and is to be done once more now. */
async function settle(
  services: Services,
  { job, me, outcome }: { job: ClaimedJob; me: string; outcome: Outcome },
): Promise<boolean> {
  return transact(services, doing, async (ctx) => {
    const mine = SQL`id = ${job.id} and holder = ${me}`;
    const row = await rowOf<{ generation: number }>(ctx, SQL`select generation from jobs where ${mine} for update`);
    if (row === undefined) return false;
    if (row.generation !== job.generation) {
      await rowsOf(
        ctx,
        SQL`update jobs set holder = null, held_until = null, attempts = 0, run_at = least(run_at, now()) where ${mine}`,
      );
      return true;
    }
    if (outcome.kind === 'done') await rowsOf(ctx, SQL`delete from jobs where ${mine}`);
    else if (outcome.kind === 'failed')
      await rowsOf(
        ctx,
        SQL`update jobs set holder = null, held_until = null, failed_at = now(), error = ${outcome.error} where ${mine}`,
      );
    else {
      const attempts = outcome.kind === 'again' ? 0 : job.attempts;
      const error = outcome.kind === 'again' ? null : outcome.error;
      await rowsOf(
        ctx,
        SQL`update jobs set holder = null, held_until = null, run_at = ${outcome.at}, attempts = ${attempts}, error = ${error} where ${mine}`,
      );
      pendingOf(ctx).wakes.push({ queue: job.queue, jobId: job.id, runAt: outcome.at });
    }
    return false;
  });
}

const sweepMs = 2_000;
const sweepSize = 1_000;

interface Overdue {
  id: string;
  queue: QueueName;
  runAt: string;
  /** When the last hold on it ended: part of the wake's id, since BullMQ may still believe in the killed holder's. */
  freeSince: string;
}

/**
 * Wakes the queues for rows that are due and that nobody holds: what a wiped Redis or a killed worker has lost. A thousand at a time,
 * going through all of them and then from the start again, so that a long backlog costs no more than a short one.
 */
export function startSweeper(services: Services): Loop {
  let from: Pick<Overdue, 'id' | 'runAt'> = { id: '00000000-0000-0000-0000-000000000000', runAt: '-infinity' };
  const start = from;
  return startLoop({
    async round() {
      const due = await reading(services, doing, (ctx) => rowsOf<Overdue>(ctx, overdue(from)));
      for (const job of due) services.ports.queues.wake(job.queue, job.id, new Date(job.freeSince));
      from = due.length === sweepSize ? (due.at(-1) ?? start) : start;
      return false;
    },
    idleMs: sweepMs,
    log: services.log.child({ loop: 'sweeper' }),
  });
}

const overdue = (from: { id: string; runAt: string }) =>
  SQL<Overdue>`select id, queue, run_at::text as "runAt", greatest(run_at, held_until)::text as "freeSince" from jobs
    where failed_at is null and run_at < now() - interval '2 seconds' and (held_until is null or held_until < now())
      and (run_at, id) > (${from.runAt}::timestamptz, ${from.id}::uuid)
    order by run_at, id limit ${sweepSize}`;
