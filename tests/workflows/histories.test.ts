import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowBundle } from '../../workers/bundle.ts';
import { bundleCacheDir, type Days, startDays } from '../support/days.ts';
import { eventually } from '../support/wait.ts';

/** With RECORD_HISTORIES set the histories made here are written into `histories/`, against which every later version is replayed. */
const isRecording = Boolean(process.env.RECORD_HISTORIES);

let days: Days;
beforeAll(async () => {
  days = await startDays();
});
afterAll(() => days.stop());

async function replayed(name: string, workflowId: string): Promise<string[]> {
  await eventually(async () => (await days.hub.services.ports.runs.describe(workflowId))?.status === 'completed');
  const history = await days.environment.client.workflow.getHandle(workflowId).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { codePath: await workflowBundle(bundleCacheDir) } }, history, workflowId);
  if (isRecording) writeFileSync(join(import.meta.dirname, 'histories', `${name}.json`), `${historyToJSON(history)}\n`);
  return (history.events ?? []).map((event) => String(event.eventType));
}

it('the history of a deal that moves, rots, revives and is won replays', async () => {
  const { body: deal } = await days.hub.call('POST', '/deals', { body: { name: 'Recorded' } });
  await days.until(`/deals/${deal.id}`, /Qualification/);
  await days.hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: 'proposal' } });
  await days.until(`/deals/${deal.id}`, /^Waiting.*Proposal/);
  await days.pass(15);
  await days.until(`/deals/${deal.id}`, /^Rotting/);
  await days.hub.call('POST', '/activities', { body: { type: 'call', subject: 'Called', dealId: deal.id } });
  await days.until(`/deals/${deal.id}`, /^Waiting/);
  await days.hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'won' } });
  expect((await replayed('deal-lifecycle', `deal-${deal.id}`)).length).toBeGreaterThan(20);
});

it('the history of a task that is put off, comes due and is completed replays', async () => {
  const { body: task } = await days.hub.call('POST', '/tasks', { body: { title: 'Recorded', dueDate: days.ahead(3) } });
  await days.until(`/tasks/${task.id}`, /^Waiting/);
  const later = days.ahead(6);
  await days.hub.call('PATCH', `/tasks/${task.id}`, { body: { dueDate: later } });
  await eventually(async () => (await days.hub.call('GET', `/tasks/${task.id}/workflow`)).body.nextAt === later);
  await days.pass(7);
  await days.until(`/tasks/${task.id}`, /^Due/);
  await days.hub.call('PATCH', `/tasks/${task.id}`, { body: { status: 'completed' } });
  expect((await replayed('task-reminder', `task-${task.id}`)).length).toBeGreaterThan(20);
});

it('the history of an erasure replays', async () => {
  const { body: contact } = await days.hub.call('POST', '/contacts', { body: { firstName: 'Recorded' } });
  const { body: erasure } = await days.hub.call('POST', `/contacts/${contact.id}/erase`, { body: { confirm: true } });
  expect((await replayed('contact-erasure', `erasure-${erasure.id}`)).length).toBeGreaterThan(5);
});
