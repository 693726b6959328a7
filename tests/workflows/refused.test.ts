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

const inDatabase = (statement: string) => days.hub.deed((ctx) => rowsOf(ctx, SQL.raw(statement)));
const run = async (id: string) => (await days.hub.call('GET', `/deals/${id}/workflow`)).body;

it('a refusal is final: the run fails, its row says why, and what happens next to the deal begins another', async () => {
  const { body: deal } = await days.hub.call('POST', '/deals', { body: { name: 'Refused' } });
  await days.until(`/deals/${deal.id}`, /^Waiting/);
  await inDatabase(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'refused' using errcode = '23503', constraint = 'effects_basis_fkey'; end $$`);
  await inDatabase('create trigger refuse before insert on effects for each row execute function refuse()');
  await days.pass(15);
  await eventually(async () => (await run(deal.id)).engine === 'failed');
  expect(await run(deal.id)).toMatchObject({
    state: 'failed',
    error: 'basis points to a record that does not exist.',
    next: null,
  });
  expect((await days.hub.call('GET', `/deals/${deal.id}`)).body.rottingSince).toBeNull();
  await inDatabase('drop trigger refuse on effects');
  await days.hub.call('PATCH', `/deals/${deal.id}`, { body: { name: 'Accepted' } });
  expect(await days.until(`/deals/${deal.id}`, /^Rotting/)).toMatchObject({ state: 'running', error: null });
});

it('an accident is tried again until it succeeds', async () => {
  const { body: deal } = await days.hub.call('POST', '/deals', { body: { name: 'Unlucky' } });
  await days.until(`/deals/${deal.id}`, /^Waiting/);
  await inDatabase(`update deals set stage_entered_at = stage_entered_at - interval '20 days' where id = '${deal.id}'`);
  await inDatabase('alter table effects rename to mislaid');
  await days.hub.call('PATCH', `/deals/${deal.id}`, { body: { name: 'Luckier' } });
  const handle = days.environment.client.workflow.getHandle(`deal-${deal.id}`);
  await eventually(async () => ((await handle.describe()).raw.pendingActivities?.[0]?.attempt ?? 0) > 1);
  await inDatabase('alter table mislaid rename to effects');
  await days.until(`/deals/${deal.id}`, /^Rotting/);
  const { body } = await days.hub.call('GET', '/notifications');
  expect(body.data.filter((one: { recordId: string }) => one.recordId === deal.id)).toHaveLength(1);
});
