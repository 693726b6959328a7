import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createDeal } from '../../src/deals/deals.ts';
import type { Loop } from '../../src/loop.ts';
import { startReconciler } from '../../workers/reconciler.ts';
import { connectWorkflows } from '../../workers/runs.ts';
import { startWorkflowWorker, type WorkflowWorker } from '../../workers/temporal.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import { bundleCacheDir } from '../support/days.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { freePorts, temporaryFolder } from '../support/servers/place.ts';
import { startTestTemporal } from '../support/servers/temporal.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let runs: ReturnType<typeof connectWorkflows>;
let worker: WorkflowWorker;
let reconciler: Loop;
let port: number;
let temporal: Awaited<ReturnType<typeof startTestTemporal>> | undefined;
const folder = temporaryFolder('engine');
const dataDir = join(folder, 'temporal');

async function startEngine(): Promise<void> {
  temporal = await startTestTemporal({ dataDir, port });
}

async function stopEngine(): Promise<void> {
  await temporal?.stop();
  temporal = undefined;
}

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  const address = () => `127.0.0.1:${port}`;
  runs = connectWorkflows({ address, log: pino({ level: 'silent' }) });
  hub = await startHub({ consumers: [workflowsConsumer], ports: { runs } });
  worker = startWorkflowWorker(hub.services, { address, bundleCacheDir });
  reconciler = startReconciler(hub.services, { idleMs: 500, graceSeconds: 2 });
});
beforeEach(async () => {
  if (temporal === undefined) await startEngine();
});
afterAll(async () => {
  await reconciler.stop();
  await worker.stop();
  await hub.stop();
  await runs.close();
  await stopEngine();
  rmSync(folder, { recursive: true, force: true });
});

async function aDeal(name: string): Promise<string> {
  const made = await hub.call('POST', '/deals', { body: { name } });
  expect(made.status).toBe(201);
  return made.body.id;
}

const run = async (id: string) => (await hub.call('GET', `/deals/${id}/workflow`)).body;
const isAlive = (id: string) => eventually(async () => (await runs.describe(`deal-${id}`))?.status === 'running');

it('a deal made through the API has a workflow, whose state the API tells in plain words', async () => {
  const id = await aDeal('First');
  await eventually(async () => (await run(id)).next !== null);
  expect(await run(id)).toMatchObject({
    workflowId: `deal-${id}`,
    awaiting: 'Waiting for an activity, in stage Qualification',
    next: 'The deal is marked as rotting and its owner is told',
    error: null,
    engine: 'running',
  });
  await hub.call('PATCH', `/deals/${id}/stage`, { body: { stage: 'negotiation' } });
  await eventually(async () => /Negotiation/.test((await run(id)).awaiting));
  expect((await hub.call('GET', '/deals/019aa000-0000-7000-8000-000000000000/workflow')).status).toBe(404);
  expect((await hub.call('GET', '/deals/no-id/workflow')).status).toBe(400);
  expect((await hub.call('GET', `/deals/${id}/workflow`, { key: null })).status).toBe(401);
});

it('with the engine stopped everything is accepted, and caught up with when it is back', async () => {
  const [closing, moving] = [await aDeal('Closing'), await aDeal('Moving')];
  for (const id of [closing, moving]) await eventually(async () => (await run(id)).next !== null);
  await stopEngine();
  const fresh = await aDeal('Fresh');
  expect((await hub.call('POST', `/deals/${closing}/close`, { body: { status: 'won' } })).status).toBe(200);
  expect((await hub.call('PATCH', `/deals/${moving}/stage`, { body: { stage: 'proposal' } })).status).toBe(200);
  const task = await hub.call('POST', '/tasks', { body: { title: 'Overdue', dueDate: '2020-01-01T00:00:00Z' } });
  expect(await run(closing)).toMatchObject({ state: 'running', engine: 'unavailable' });
  await expect(runs.check()).rejects.toMatchObject({ code: 'workflows_unavailable' });
  await startEngine();
  await isAlive(fresh);
  await eventually(async () => (await run(closing)).engine === 'completed');
  await eventually(async () => /Proposal/.test((await run(moving)).awaiting));
  await eventually(async () => {
    const { body } = await hub.call('GET', '/notifications');
    return body.data.filter((one: { recordId: string }) => one.recordId === task.body.id).length === 1;
  });
});

it('an engine that has lost its state is rebuilt from our rows', async () => {
  const ids = await Promise.all(['One', 'Two', 'Three'].map(aDeal));
  for (const id of ids) await eventually(async () => (await run(id)).state === 'running');
  const [closed = '', ...open] = ids;
  await hub.call('POST', `/deals/${closed}/close`, { body: { status: 'lost' } });
  await eventually(async () => (await run(closed)).state === 'completed');
  await stopEngine();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `temporal.db${suffix}`), { force: true });
  await startEngine();
  for (const id of open) await isAlive(id);
  expect(await runs.describe(`deal-${closed}`)).toBeUndefined();
  await hub.call('PATCH', `/deals/${open[0]}/stage`, { body: { stage: 'proposal' } });
  await eventually(async () => /Proposal/.test((await run(open[0] ?? '')).awaiting));
});

it('an open deal that no event has told of gets its run', async () => {
  const id = await hub.deed(async (ctx) => {
    const past = { ...ctx, cause: { ...ctx.cause, origin: 'history' as const } };
    return (await createDeal(past, { name: 'Imported' })).id;
  });
  await isAlive(id);
  await eventually(async () => (await run(id)).awaiting === 'Waiting for an activity, in stage Qualification');
});

it('a run that somebody has terminated in the engine begins again', async () => {
  const id = await aDeal('Terminated');
  await eventually(async () => (await run(id)).state === 'running');
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  onTestFinished(() => connection.close());
  await new Client({ connection }).workflow.getHandle(`deal-${id}`).terminate();
  await isAlive(id);
});
