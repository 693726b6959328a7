import { createPostgresBackend, type JobsOptions, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
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

/** The queues of this process, on Redis or on Postgres. The only place that knows which. */
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
}

/** Jobs of a queue that one process works at at once. */
const concurrency: Record<QueueName, number> = {
  'mail-sync': 4,
  'mail-send': 4,
  'webhook-in': 4,
  'webhook-out': 16,
  connectors: 2,
  bulk: 1,
};

const keepNothing: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/** Opens the queues: each Queue has at most 2 connections, each Worker 3 (BullMQ's Postgres workers keep one for LISTEN). */
export function openQueues({ databaseUrl, redisUrl, log }: QueueOptions): Queues {
  const onError = (error: Error) => log.warn({ err: error }, 'queue store');
  const redis =
    redisUrl === undefined ? undefined : new Redis(redisUrl, { maxRetriesPerRequest: null, enableOfflineQueue: true });
  redis?.on('error', onError);
  const makeQueue = (name: QueueName): Queue => {
    const queue =
      redis === undefined
        ? new Queue(name, { connection: pool(databaseUrl, 2) }, createPostgresBackend)
        : new Queue(name, { connection: redis });
    queue.on('error', onError);
    return queue as Queue;
  };
  const queues = new Map(queueNames.map((name) => [name, makeQueue(name)] as const));
  const makeWorker = (name: QueueName, work: (jobId: string) => Promise<void>): Worker => {
    const options = { concurrency: concurrency[name], stalledInterval: 15_000, drainDelay: 5 };
    const run = async (job: { data: { jobId: string } }) => work(job.data.jobId);
    const worker =
      redisUrl === undefined
        ? new Worker(name, run, { ...options, connection: pool(databaseUrl, 3) }, createPostgresBackend)
        : new Worker(name, run, { ...options, connection: new Redis(redisUrl, { maxRetriesPerRequest: null }) });
    worker.on('error', onError);
    return worker as Worker;
  };
  return {
    wake(queue, jobId, runAt) {
      const delay = Math.max(0, runAt.getTime() - performance.timeOrigin - performance.now());
      queues
        .get(queue)
        ?.add('job', { jobId }, { ...keepNothing, jobId: `${jobId}-${Math.round(runAt.getTime())}`, delay: Math.round(delay) })
        .catch(onError);
    },
    async listen(work) {
      const workers = queueNames.map((name) => makeWorker(name, (jobId) => work(jobId, name)));
      return { stop: async () => void (await Promise.all(workers.map((worker) => worker.close()))) };
    },
    async check() {
      await queues.get('bulk')?.getJobCounts('waiting');
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis?.disconnect();
    },
  };
}

const pool = (connectionString: string, max: number) => ({
  connectionString,
  max,
  migrate: false,
  application_name: 'throughline-queue',
});

/** Does one job. Returning `{ againAt }` keeps the row and runs it then; an `AppError` is final, anything else is tried again. */
export type JobHandler = (services: Services, job: Job) => Promise<{ againAt: Date } | undefined>;

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
const holdSeconds = 30;
const renewMs = 10_000;
const attemptsAtMost = 12;

/** Claims a job's row and does it; the row is gone when it is done, and kept with its error when it has failed for good. */
export async function work(services: Services, handler: JobHandler, jobId: string): Promise<void> {
  const me = newId();
  for (;;) {
    const job = await claim(services, jobId, me);
    if (job === undefined) return;
    const renewing = setInterval(() => void renew(services, jobId, me), renewMs);
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
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
  const decided = error instanceof AppError && !isUnavailable(error);
  if (decided || job.attempts >= attemptsAtMost) return { kind: 'failed', error: message };
  const delayMs = Math.min(3_600_000, 1_000 * 2 ** job.attempts) * (0.75 + Math.random() / 2);
  return { kind: 'retry', at: new Date(now.getTime() + delayMs), error: message };
}

interface ClaimedJob extends Job {
  generation: number;
}

async function claim(services: Services, jobId: string, me: string): Promise<ClaimedJob | undefined> {
  return transact(services, doing, (ctx) =>
    rowOf<ClaimedJob>(
      ctx,
      SQL`update jobs set holder = ${me}, held_until = now() + make_interval(secs => ${holdSeconds}), attempts = attempts + 1
          where id = ${jobId} and failed_at is null and run_at <= now() + interval '1 second'
            and (held_until is null or held_until < now())
          returning id, queue, key, data, attempts, generation`,
    ),
  );
}

const renew = (services: Services, jobId: string, me: string) =>
  transact(services, doing, (ctx) =>
    rowsOf(
      ctx,
      SQL`update jobs set held_until = now() + make_interval(secs => ${holdSeconds}) where id = ${jobId} and holder = ${me}`,
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

/** Wakes the queues for every row that is due and that nobody holds: what a wiped Redis or a killed worker has lost. */
export function startSweeper(services: Services): Loop {
  return startLoop({
    async round() {
      const due = await reading(services, doing, (ctx) =>
        rowsOf<{ id: string; queue: QueueName; runAt: string }>(
          ctx,
          SQL`select id, queue, run_at as "runAt" from jobs
              where failed_at is null and run_at < now() - interval '2 seconds' and (held_until is null or held_until < now())
              order by run_at limit 500`,
        ),
      );
      for (const job of due) services.ports.queues.wake(job.queue, job.id, new Date(job.runAt));
      return false;
    },
    idleMs: sweepMs,
    log: services.log.child({ loop: 'sweeper' }),
  });
}
