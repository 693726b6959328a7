import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { connectWorkflows } from '../../workers/runs.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import { bundleCacheDir } from '../support/days.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startTestTemporal } from '../support/servers/temporal.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let temporal: Awaited<ReturnType<typeof startTestTemporal>>;
let runs: ReturnType<typeof connectWorkflows>;
beforeAll(async () => {
  temporal = await startTestTemporal();
  runs = connectWorkflows({ address: () => temporal.address, log: pino({ level: 'silent' }) });
  hub = await startHub({ consumers: [workflowsConsumer], ports: { runs } });
});
afterAll(async () => {
  await hub.stop();
  await runs.close();
  await temporal.stop();
});

async function startWorker(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../support/workflow-worker.ts');
  const child = spawn(
    process.execPath,
    [script, hub.database.url, temporal.address, bundleCacheDir, hub.secretKey, hub.filesFolder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data'); // stdout is a pipe, as asked for
  return child;
}

/** A worker that waits for somebody's lock. */
const inTheMiddle = SQL`select 1 from pg_stat_activity where application_name = 'throughline-worker-process' and wait_event_type = 'Lock'`;

const rowCount = async (statement: ReturnType<typeof SQL>): Promise<number> =>
  (await hub.deed((ctx) => rowsOf(ctx, statement))).length;

it('kill -9 of the worker in the middle of a step: another finishes it, and its effect is there once', async () => {
  const first = await startWorker();
  const { body: deal } = await hub.call('POST', '/deals', { body: { name: 'Interrupted' } });
  await eventually(async () => (await hub.call('GET', `/deals/${deal.id}/workflow`)).body.state === 'running');

  const holder = new pg.Client({ connectionString: hub.database.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query("update deals set stage_entered_at = now() - interval '20 days' where id = $1", [deal.id]);
  await runs.poke({ kind: 'deal', recordId: deal.id, eventId: null, position: null });
  await eventually(async () => (await rowCount(inTheMiddle)) === 1);
  const gone = once(first, 'exit');
  first.kill('SIGKILL');
  await gone;
  await holder.query('commit');
  expect((await hub.call('GET', `/deals/${deal.id}`)).body.rottingSince).toBeNull();

  await startWorker();
  await eventually(async () => (await hub.call('GET', `/deals/${deal.id}`)).body.rottingSince);
  expect(await rowCount(SQL`select 1 from events where record_id = ${deal.id} and type = 'deal.rotted'`)).toBe(1);
  expect(await rowCount(SQL`select 1 from notifications where record_id = ${deal.id}`)).toBe(1);
  await hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'won' } });
  await eventually(async () => (await runs.describe(`deal-${deal.id}`))?.status === 'completed');
});

it('kill -9 of the worker in the middle of an erasure: another finishes it, and it ends once', async () => {
  const first = await startWorker();
  const { body: contact } = await hub.call('POST', '/contacts', { body: { firstName: 'Gone', email: 'gone@acme.test' } });
  for (const title of ['One', 'Two']) await hub.call('POST', '/tasks', { body: { title, contactId: contact.id } });
  await hub.call('POST', '/activities', { body: { type: 'call', subject: 'Called', contactIds: [contact.id] } });
  const holder = new pg.Client({ connectionString: hub.database.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query('select 1 from tasks where contact_id = $1 for update', [contact.id]);
  const { body: erasure } = await hub.call('POST', `/contacts/${contact.id}/erase`, { body: { confirm: true } });
  await eventually(async () => (await rowCount(inTheMiddle)) === 1);
  const gone = once(first, 'exit');
  first.kill('SIGKILL');
  await gone;
  await holder.query('commit');
  const { body: halfway } = await hub.call('GET', `/erasures/${erasure.id}`);
  expect(halfway).toMatchObject({ state: 'running', step: 'tasks', counts: { activities: 1 }, run: { state: 'running' } });

  await startWorker();
  // Asked for again, as somebody would who waits: that changes nothing.
  await hub.call('POST', `/contacts/${contact.id}/erase`, { body: { confirm: true } });
  const done = await eventually(
    async () => {
      const { body } = await hub.call('GET', `/erasures/${erasure.id}`);
      return body.state === 'done' && body;
    },
    { timeoutMs: 80_000 },
  );
  expect(done).toMatchObject({ counts: { activities: 1, tasks: 2 }, run: { state: 'completed' } });
  expect(await rowCount(SQL`select 1 from events where record_id = ${contact.id} and type = 'contact.erased'`)).toBe(1);
});
