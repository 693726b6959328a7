import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rootCause, rowsOf, type Services, systemActor, transact } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { AppError, unavailable } from '../../src/errors.ts';
import { enqueue, type Job, type JobHandler, openQueues, type Queues, startSweeper, work } from '../../src/queues.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startRedis, type TestRedis } from '../support/servers/redis.ts';
import { eventually } from '../support/wait.ts';

const holdSeconds = 3;

interface JobRow {
  id: string;
  attempts: number;
  error: string | null;
  failed: boolean;
}

describe.each(['postgres', 'redis'] as const)('jobs on %s', (backend) => {
  let hub: Hub;
  let redis: TestRedis | undefined;
  let queues: Queues;
  let services: Services;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    hub = await startHub();
    redis = backend === 'redis' ? await startRedis() : undefined;
    queues = openQueues({ databaseUrl: hub.database.url, redisUrl: redis?.url, log: hub.services.log, holdSeconds });
    services = { ...hub.services, ports: { ...hub.services.ports, queues } };
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(async () => {
    await queues.close();
    await hub.stop();
    await redis?.stop();
  });

  /** Workers of this process with one handler for all queues, and the sweeper, until the test is over. */
  async function serve(handler: JobHandler): Promise<void> {
    const workers = await queues.listen((jobId) => work(services, handler, { jobId, holdSeconds }));
    const sweeper = startSweeper(services);
    stops.push(
      () => workers.stop(),
      () => sweeper.stop(),
    );
  }
  const ask = (key: string, data: Record<string, unknown> = {}, runAt?: Date) =>
    commit(async (ctx) => enqueue(ctx, { queue: 'connectors', key, data, ...(runAt ? { runAt } : {}) }));
  const commit: Hub['deed'] = (deed) => transact(services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, deed);
  const rowOfKey = async (key: string): Promise<JobRow | undefined> =>
    commit(
      async (ctx) =>
        (
          await rowsOf<JobRow>(ctx, SQL`select id, attempts, error, failed_at is not null as failed from jobs where key = ${key}`)
        )[0],
    );
  const gone = (key: string) => eventually(async () => (await rowOfKey(key)) === undefined);

  it('does each job once, and leaves no row behind', async () => {
    const done: string[] = [];
    await serve(async (_services, job) => void (job.key.startsWith('each-') && done.push(job.key)));
    const keys = Array.from({ length: 50 }, (_, n) => `each-${n}`);
    await Promise.all(keys.map((key) => ask(key)));
    for (const key of keys) await gone(key);
    expect(done.toSorted()).toEqual(keys.toSorted());
  });

  it('does nothing that a rolled back transaction asked for', async () => {
    const seen: string[] = [];
    await serve(async (_services, job) => void seen.push(job.key));
    await commit(async (ctx) => {
      await enqueue(ctx, { queue: 'connectors', key: 'rolled-back', data: {} });
      throw new AppError('no', 400, 'no');
    }).catch(() => undefined);
    await ask('committed');
    await gone('committed');
    expect(seen).toEqual(['committed']);
  });

  it('does a job once more, with the newest data, when it is asked for again while it runs', async () => {
    const seen: unknown[] = [];
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await serve(async (_services, job) => {
      seen.push(job.data.n);
      started.resolve();
      await release.promise;
      return undefined;
    });
    await ask('again', { n: 1 });
    await started.promise;
    await ask('again', { n: 2 });
    await ask('again', { n: 3 });
    release.resolve();
    await gone('again');
    expect(seen).toEqual([1, 3]);
  });

  it('does not begin before its time', async () => {
    let begunAt = 0;
    await serve(async () => {
      begunAt = Date.now();
      return undefined;
    });
    const runAt = new Date(Date.now() + 1_500);
    await ask('later', {}, runAt);
    await gone('later');
    expect(begunAt).toBeGreaterThanOrEqual(runAt.getTime() - 1_000);
  });

  it('tries again after an accident, with a pause and its error noted, and ends at once on a decision', async () => {
    const tries: Job[] = [];
    const accidentsAt: number[] = [];
    let fails = true;
    await serve(async (_services, job) => {
      tries.push(job);
      if (job.key === 'decided') throw new AppError('refused', 422, 'not like this');
      if (job.key === 'away' && tries.filter(({ key }) => key === 'away').length === 1) throw unavailable('engine', 'away');
      if (job.key === 'accident') accidentsAt.push(performance.now());
      if (job.key === 'accident' && fails) throw new Error('a broken pipe');
      return undefined;
    });
    await Promise.all(['accident', 'decided', 'away'].map((key) => ask(key)));
    const waiting = await eventually(async () => {
      const row = await rowOfKey('accident');
      return row?.error ? row : undefined;
    });
    expect(waiting).toMatchObject({ error: 'a broken pipe', failed: false });
    fails = false;
    await gone('accident');
    await gone('away');
    const attempts = tries.filter(({ key }) => key === 'accident').map((job) => job.attempts);
    expect(attempts.length).toBeGreaterThan(1);
    expect(attempts).toEqual(attempts.map((_, n) => n + 1));
    const [first = 0, second = 0] = accidentsAt;
    expect(second - first).toBeGreaterThan(500);
    expect(await rowOfKey('decided')).toMatchObject({ attempts: 1, error: 'not like this', failed: true });
    await ask('decided');
    await eventually(() => tries.filter(({ key }) => key === 'decided').length === 2);
  });

  it('gives the job of a killed process to another one when its hold is over', async () => {
    const worker = fileURLToPath(new URL('./stuck-worker.ts', import.meta.url));
    const child = spawn(process.execPath, [worker, hub.database.url, redis?.url ?? '', String(holdSeconds)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await ask('killed');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(String(line).trim()).toBe((await rowOfKey('killed'))?.id);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const tries: number[] = [];
    await serve(async (_services, job) => void tries.push(job.attempts));
    await gone('killed');
    expect(tries).toEqual([2]);
  });

  it('loses nothing when the store is wiped', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `wiped-${n}`);
    await Promise.all(keys.map((key, n) => ask(key, {}, new Date(Date.now() + (n % 2) * 1_000))));
    await wipe();
    const done: string[] = [];
    await serve(async (_services, job) => void done.push(job.key));
    await wipe();
    for (const key of keys) await gone(key);
    expect(done.toSorted()).toEqual(keys.toSorted());
  });

  it('stays within its connections under load', async () => {
    let most = 0;
    await serve(async () => {
      most = Math.max(most, await connections());
      return undefined;
    });
    const keys = Array.from({ length: 200 }, (_, n) => `many-${n}`);
    await Promise.all(keys.map((key) => ask(key)));
    for (const key of keys) await gone(key);
    expect(most).toBeGreaterThanOrEqual(backend === 'postgres' ? 6 : 0);
    expect(most).toBeLessThanOrEqual(backend === 'postgres' ? 4 + 6 * 3 : 0);
  });

  it('says whether the store answers', async () => {
    await queues.check();
  });

  /** What BullMQ knows is gone; the rows of `jobs` stay. */
  async function wipe(): Promise<void> {
    if (redis === undefined) await commit((ctx) => rowsOf(ctx, SQL`truncate bullmq.job cascade`));
    else {
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
    }
  }

  /** Connections of BullMQ to this database; the hub's own have its name. */
  const connections = () =>
    commit(
      async (ctx) =>
        (
          await rowsOf<{ n: number }>(
            ctx,
            SQL`select count(*)::int as n from pg_stat_activity
                where datname = current_database() and backend_type = 'client backend' and application_name not in ('throughline', 'throughline-live')`,
          )
        )[0]?.n ?? 0,
    );
});
