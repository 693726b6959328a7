import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Days, startDays } from '../support/days.ts';
import { eventually } from '../support/wait.ts';

let days: Days;
beforeAll(async () => {
  days = await startDays();
});
afterAll(() => days.stop());

const waiting = /^Waiting for an activity/;
const rotting = /^Rotting/;

async function aDeal(name: string): Promise<string> {
  const { body } = await days.hub.call('POST', '/deals', { body: { name } });
  await days.until(`/deals/${body.id}`, waiting);
  return body.id;
}

const deal = async (id: string) => (await days.hub.call('GET', `/deals/${id}`)).body;

async function tellings(id: string): Promise<string[]> {
  const { body } = await days.hub.call('GET', '/notifications?limit=200');
  return body.data.filter((one: { recordId: string }) => one.recordId === id).map((one: { subject: string }) => one.subject);
}

const rottedEvents = (id: string) =>
  days.hub.deed((ctx) => rowsOf(ctx, SQL`select 1 from events where record_id = ${id} and type = 'deal.rotted'`));

/** A poke has been taken in when the workflow has counted it and looked again. */
async function poked(id: string, act: () => Promise<unknown>): Promise<void> {
  const before = (await days.state(`deal-${id}`)).pokes;
  await act();
  await eventually(async () => (await days.state(`deal-${id}`)).pokes > before);
}

it('rots once when thirty days pass without an activity, and its owner is told once', async () => {
  const id = await aDeal('Quiet');
  await days.pass(30);
  await days.until(`/deals/${id}`, rotting);
  const { rottingSince, stageEnteredAt, version, updatedAt, createdAt } = await deal(id);
  expect(Date.parse(rottingSince) - Date.parse(stageEnteredAt)).toBeGreaterThanOrEqual(14 * 86_400_000);
  expect(Date.parse(rottingSince) - Date.parse(stageEnteredAt)).toBeLessThan(14 * 86_400_000 + 5);
  expect({ version, updatedAt }).toEqual({ version: 1, updatedAt: createdAt });
  expect(await rottedEvents(id)).toHaveLength(1);
  expect(await tellings(id)).toEqual(['Quiet is rotting in Qualification']);
});

it('stays fresh while a task is planned ahead, and rots when the task has passed undone', async () => {
  const id = await aDeal('Planned');
  await days.hub.call('POST', '/tasks', { body: { title: 'Call', dealId: id, dueDate: days.ahead(40) } });
  await days.until(`/tasks/${(await days.hub.call('GET', `/tasks?filter[dealId]=${id}`)).body.data[0].id}`, /due date/);
  await eventually(async () => Date.parse((await deal(id)).nextActivityAt) <= ((await days.state(`deal-${id}`)).wakeAtMs ?? 0));
  await days.pass(30);
  expect(await deal(id)).toMatchObject({ rottingSince: null });
  await days.pass(11);
  await days.until(`/deals/${id}`, rotting);
  expect(await tellings(id)).toHaveLength(1);
});

it('an activity resets the clock, also that of a deal that rots, which may rot again', async () => {
  const id = await aDeal('Revived');
  await days.pass(10);
  await poked(id, () => days.hub.call('POST', '/activities', { body: { type: 'call', subject: 'Called', dealId: id } }));
  await days.until(`/deals/${id}`, waiting);
  await days.pass(10);
  expect(await tellings(id)).toEqual([]);
  await days.pass(5);
  await days.until(`/deals/${id}`, rotting);
  await poked(id, () => days.hub.call('POST', '/activities', { body: { type: 'call', subject: 'Again', dealId: id } }));
  await days.until(`/deals/${id}`, waiting);
  expect(await deal(id)).toMatchObject({ rottingSince: null });
  await days.pass(15);
  await days.until(`/deals/${id}`, rotting);
  expect(await tellings(id)).toHaveLength(2);
});

it('knows the stage, and a move begins its patience anew', async () => {
  const id = await aDeal('Moving');
  await days.pass(10);
  await days.hub.call('PATCH', `/deals/${id}/stage`, { body: { stage: 'proposal' } });
  const run = await days.until(`/deals/${id}`, /in stage Proposal/);
  expect(run).toMatchObject({ state: 'running', engine: 'running', next: expect.stringContaining('rotting') });
  const { stageEnteredAt } = await deal(id);
  expect(Date.parse(String(run.nextAt)) - Date.parse(stageEnteredAt)).toBeLessThan(14 * 86_400_000 + 5);
  expect(run.since).toBe(stageEnteredAt);
  await days.pass(10);
  expect(await tellings(id)).toEqual([]);
});

it('ends when the deal is closed, and begins again when it is reopened', async () => {
  const id = await aDeal('Closing');
  await days.hub.call('POST', `/deals/${id}/close`, { body: { status: 'won' } });
  await days.until(`/deals/${id}`, /^The deal is won/);
  await eventually(async () => (await days.hub.call('GET', `/deals/${id}/workflow`)).body.engine === 'completed');
  await days.pass(30);
  expect(await tellings(id)).toEqual([]);
  await days.hub.call('POST', `/deals/${id}/reopen`);
  expect(await days.until(`/deals/${id}`, waiting)).toMatchObject({ state: 'running', engine: 'running' });
});

it('ends when the deal is deleted', async () => {
  const id = await aDeal('Deleted');
  await days.hub.call('DELETE', `/deals/${id}`);
  await eventually(async () => (await days.hub.services.ports.runs.describe(`deal-${id}`))?.status === 'completed');
});

it('repeated, late and out-of-order pokes have one effect', async () => {
  const { runs } = days.hub.services.ports;
  const id = await aDeal('Poked');
  await days.pass(15);
  await days.until(`/deals/${id}`, rotting);
  const poke = (position: number) => runs.poke({ kind: 'deal', recordId: id, eventId: null, position });
  await poked(id, () => Promise.all([poke(9), poke(3), poke(3), poke(1)]));
  await days.hub.call('POST', `/deals/${id}/close`, { body: { status: 'lost' } });
  await eventually(async () => (await runs.describe(`deal-${id}`))?.status === 'completed');
  await poke(2); // begins a second run, which finds the deal closed
  await eventually(async () => (await runs.describe(`deal-${id}`))?.status === 'completed');
  expect(await rottedEvents(id)).toHaveLength(1);
  expect(await tellings(id)).toHaveLength(1);
  expect(await deal(id)).toMatchObject({ status: 'lost', rottingSince: null });
});

it('a poke for a deal that does not exist ends at once', async () => {
  const { runs } = days.hub.services.ports;
  const nobody = '019aa000-0000-7000-8000-000000000000';
  await runs.poke({ kind: 'deal', recordId: nobody, eventId: null, position: null });
  await eventually(async () => (await runs.describe(`deal-${nobody}`))?.status === 'completed');
});
