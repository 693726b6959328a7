import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { connectWorkflows } from '../../workers/runs.ts';
import { startWorkflowWorker } from '../../workers/temporal.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import type { WatchState } from '../../workflows/entity.ts';
import { bundleCacheDir } from '../support/days.ts';
import { startHub } from '../support/hub.ts';
import { startTestTemporal } from '../support/servers/temporal.ts';
import { eventually } from '../support/wait.ts';

it('a run with a long history goes on as a new one, and loses no poke', async () => {
  const temporal = await startTestTemporal({ settings: { 'limit.historyCount.suggestContinueAsNew': '60' } });
  onTestFinished(() => temporal.stop());
  const address = () => temporal.address;
  const runs = connectWorkflows({ address, log: pino({ level: 'silent' }) });
  onTestFinished(() => runs.close());
  const hub = await startHub({ consumers: [workflowsConsumer], ports: { runs } });
  onTestFinished(() => hub.stop());
  const worker = startWorkflowWorker(hub.services, { address, bundleCacheDir });
  onTestFinished(() => worker.stop());
  const connection = await Connection.connect({ address: temporal.address });
  onTestFinished(() => connection.close());
  const { workflow } = new Client({ connection });

  const { body: deal } = await hub.call('POST', '/deals', { body: { name: 'Long' } });
  const run = async () => (await hub.call('GET', `/deals/${deal.id}/workflow`)).body;
  await eventually(async () => (await run()).state === 'running');
  const first = await workflow.getHandle(`deal-${deal.id}`).describe();
  for (const stage of ['proposal', 'negotiation', 'needs_analysis', 'proposal', 'negotiation', 'needs_analysis', 'proposal']) {
    await hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage } });
    const { stageName } = (await hub.call('GET', `/deals/${deal.id}`)).body;
    await eventually(async () => (await run()).awaiting.endsWith(stageName));
  }
  const later = await workflow.getHandle(`deal-${deal.id}`).describe();
  expect(later.runId).not.toBe(first.runId);
  expect(later.status.name).toBe('RUNNING');
  expect((await workflow.getHandle(`deal-${deal.id}`, first.runId).describe()).status.name).toBe('CONTINUED_AS_NEW');
  expect((await workflow.getHandle(`deal-${deal.id}`).query<WatchState>('state')).step).toMatch(/Proposal$/);
  expect(await run()).toMatchObject({ state: 'running', engine: 'running' });
});
