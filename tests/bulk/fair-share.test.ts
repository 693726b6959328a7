import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { openQueues, type Queues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startRedis, type TestRedis } from '../support/servers/redis.ts';
import { eventually } from '../support/wait.ts';

describe.each(['postgres', 'redis'] as const)('long work on %s', (backend) => {
  let hub: Hub;
  let redis: TestRedis | undefined;
  let queues: Queues;
  beforeAll(async () => {
    hub = await startHub();
    redis = backend === 'redis' ? await startRedis() : undefined;
    queues = openQueues({ databaseUrl: hub.database.url, redisUrl: redis?.url, log: hub.services.log });
  });
  afterAll(async () => {
    await queues.close();
    await hub.stop();
    await redis?.stop();
  });

  it('of one kind keeps no other kind waiting, and is itself done in the end', async () => {
    const services = { ...hub.services, ports: { ...hub.services.ports, queues } };
    const jobs = await startJobs(services, queues);
    onTestFinished(() => jobs.stop());
    // No export comes past what webhooks brought while somebody holds it.
    const holder = new pg.Client({ connectionString: hub.database.url });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('begin');
    await holder.query('lock table webhook_receipts in access exclusive mode');
    const exports: string[] = [];
    for (let n = 0; n < 12; n++) {
      const { id } = await aContact(hub, { lastName: 'Exported' });
      exports.push((await hub.call('POST', `/contacts/${id}/exports`)).body.id);
    }
    const states = async () =>
      (await hub.deed((ctx) => rowsOf<{ state: string }>(ctx, SQL`select state from personal_exports`))).map(
        ({ state }) => state,
      );
    const count = (all: string[], state: string) => all.filter((one) => one === state).length;
    await eventually(async () => count(await states(), 'running') > 0);
    const edit = { object: 'contact', filter: { lastName: 'Exported' }, patch: { title: 'Sir' } };
    const bulk = (await hub.call('POST', '/bulk-edits', { body: edit })).body;
    const done = await eventually(async () => {
      const { body } = await hub.call('GET', `/bulk-edits/${bulk.id}`);
      return body.state === 'done' && body;
    });
    expect(done).toMatchObject({ matched: 12, changed: 12 });
    const now = await states();
    expect(count(now, 'done')).toBe(0);
    expect(count(now, 'running')).toBeLessThanOrEqual(2);
    await holder.query('rollback');
    await eventually(async () => count(await states(), 'done') === exports.length, { timeoutMs: 60_000 });
  });
});
