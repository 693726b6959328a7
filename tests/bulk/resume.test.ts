import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { openQueues, type Queues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startRedis, type TestRedis } from '../support/servers/redis.ts';
import { eventually } from '../support/wait.ts';

/** Three times what is changed in one transaction. */
const many = 300;

describe.each(['postgres', 'redis'] as const)('bulk edits on %s', (backend) => {
  let hub: Hub;
  let redis: TestRedis | undefined;
  let queues: Queues;
  beforeAll(async () => {
    hub = await startHub();
    redis = backend === 'redis' ? await startRedis() : undefined;
    queues = openQueues({ databaseUrl: hub.database.url, redisUrl: redis?.url, log: hub.services.log, holdSeconds: 3 });
  });
  afterAll(async () => {
    await queues.close();
    await hub.stop();
    await redis?.stop();
  });

  it('go on where they were when their process is killed, and change each record once', async () => {
    const ids = await hub.deed(async (ctx) =>
      (
        await rowsOf<{ id: string }>(
          ctx,
          SQL`insert into contacts (id, first_name, created_at, updated_at) select gen_random_uuid(), 'P' || n, now(), now()
              from generate_series(1, ${many}::int) n returning id`,
        )
      ).map(({ id }) => id),
    );
    // It goes by the order of ids, and cannot come to its end while somebody holds the last one.
    const holder = new pg.Client({ connectionString: hub.database.url });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('begin');
    await holder.query('select 1 from contacts where id = $1 for update', [ids.toSorted().at(-1)]);
    const worker = fileURLToPath(new URL('./bulk-worker.ts', import.meta.url));
    const child = spawn(process.execPath, [worker, hub.database.url, redis?.url ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const bulk = (await hub.call('POST', '/bulk-edits', { body: { object: 'contact', ids, patch: { title: 'Sir' } } })).body;
    const now = async () => (await hub.call('GET', `/bulk-edits/${bulk.id}`)).body;
    const before = await eventually(async () => ((await now()).changed > 0 ? now() : undefined));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await holder.query('commit');
    expect(before.changed).toBeLessThan(many);
    const services = { ...hub.services, ports: { ...hub.services.ports, queues } };
    const jobs = await startJobs(services, queues, { holdSeconds: 3 });
    try {
      const done = await eventually(async () => ((await now()).state === 'done' ? now() : undefined), { timeoutMs: 150_000 });
      expect(done).toMatchObject({ matched: many, changed: many, refused: 0, unchanged: 0 });
    } finally {
      await jobs.stop();
    }
    const [row] = await hub.deed((ctx) =>
      rowsOf(
        ctx,
        SQL`select count(*) filter (where title = 'Sir' and version = 2)::int as once,
              (select count(*)::int from events where type = 'contact.updated') as events from contacts`,
      ),
    );
    expect(row).toEqual({ once: many, events: many });
  });
});
