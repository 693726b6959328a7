import { createPostgresBackend, type JobsOptions, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Logger } from 'pino';
import type { QueueName } from './ports.ts';

export interface StoreOptions {
  databaseUrl: string;
  redisUrl: string | undefined;
  log: Logger;
  /** How long BullMQ believes in a worker that it does not hear of. */
  holdMs: number;
}

/** What BullMQ carries: which row of `jobs` to look at. */
interface Wake {
  jobId: string;
}

/** BullMQ on Redis or on Postgres. Nothing outside this file knows which. */
export interface QueueStore {
  /** Adds wake-ups in one call; those whose id waits already change nothing. */
  add(queue: QueueName, wakes: readonly { id: string; jobId: string; delayMs: number }[]): Promise<void>;
  /** Starts a worker on a queue. Returns how to stop it, which waits for what it is at. */
  listen(queue: QueueName, concurrency: number, run: (jobId: string) => Promise<void>): () => Promise<void>;
  /** Throws when the store does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const keepNothing: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/** Connections: 4 for all queues together; 3 for each worker, one of which is its LISTEN. On Redis: 1, and 2 for each worker. */
const checkMs = 2_000;
const queueConnections = 4;
const workerConnections = 3;

/** Opens the store. Errors of its connections are logged and never thrown: they heal, and the sweeper wakes what was lost. */
export function openStore({ databaseUrl, redisUrl, log, holdMs }: StoreOptions): QueueStore {
  const onError = (error: Error) => log.warn({ err: error }, 'queue store');
  const connect = redisUrl === undefined ? onPostgres(databaseUrl, onError) : onRedis(redisUrl, onError);
  const shared = connect(queueConnections);
  const queues = new Map<QueueName, Queue<Wake>>();
  const queueOf = (name: QueueName): Queue<Wake> => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue<Wake>(name, { connection: shared.connection }, shared.backend);
    queue.on('error', onError);
    queues.set(name, queue);
    return queue;
  };
  return {
    async add(name, wakes) {
      const jobs = wakes.map(({ id, jobId, delayMs }) => ({
        name: 'job',
        data: { jobId },
        opts: { ...keepNothing, jobId: id, delay: delayMs },
      }));
      await queueOf(name).addBulk(jobs);
    },
    listen(name, concurrency, run) {
      const own = connect(workerConnections);
      const options = { concurrency, lockDuration: holdMs, stalledInterval: holdMs / 2, drainDelay: 5 };
      const worker = new Worker<Wake>(
        name,
        (job) => run(job.data.jobId),
        { ...options, connection: own.connection },
        own.backend,
      );
      worker.on('error', onError);
      return async () => {
        await worker.close();
        await own.end();
      };
    },
    async check() {
      const late = AbortSignal.timeout(checkMs);
      const tooLate = new Promise<never>((_, reject) =>
        late.addEventListener('abort', () => reject(late.reason), { once: true }),
      );
      await Promise.race([queueOf('bulk').getJobCounts('waiting'), tooLate]); // Redis commands wait for its return without an end
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await shared.end();
    },
  };
}

/** Connections for one user of the store, and how to give them up: BullMQ leaves open what it did not make. */
interface Connected {
  connection: never;
  backend: never;
  end(): Promise<void>;
}

/** BullMQ's tables are in their own schema, and its migrations are run by ours. */
function onPostgres(connectionString: string, onError: (error: Error) => void) {
  return (max: number): Connected => {
    const pool = new pg.Pool({
      connectionString,
      max,
      options: '-c search_path=bullmq',
      application_name: 'throughline-queue',
      keepAlive: true,
    });
    pool.on('error', onError);
    // BullMQ's types name the Redis connection alone, its documentation both.
    return { connection: pool as never, backend: createPostgresBackend as never, end: () => pool.end() };
  };
}

function onRedis(url: string, onError: (error: Error) => void) {
  return (): Connected => {
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    redis.on('error', onError);
    return { connection: redis as never, backend: undefined as never, end: async () => redis.disconnect() };
  };
}
