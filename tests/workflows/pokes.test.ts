import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { startRelay } from '../../src/relay.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import { type Days, startDays } from '../support/days.ts';
import { eventually } from '../support/wait.ts';

let days: Days;
beforeAll(async () => {
  days = await startDays();
});
afterAll(() => days.stop());

it('what happened to a deal and its tasks and activities while nobody relayed is one poke', async () => {
  const { hub } = days;
  const { body: deal } = await hub.call('POST', '/deals', { body: { name: 'Busy' } });
  await days.until(`/deals/${deal.id}`, /^Waiting/);
  expect((await days.state(`deal-${deal.id}`)).pokes).toBe(1);
  await hub.relay?.stop();
  for (let n = 0; n < 10; n++) {
    await hub.call('POST', '/activities', { body: { type: 'note', subject: `Note ${n}`, dealId: deal.id } });
    await hub.call('POST', '/tasks', { body: { title: `Task ${n}`, dealId: deal.id } });
    await hub.call('PATCH', `/deals/${deal.id}`, { body: { name: `Busy ${n}` } });
  }
  const sequencer = await startRelay(hub.services, []);
  await eventually(() =>
    hub.deed(async (ctx) => (await rowsOf(ctx, SQL`select 1 from events where position is null limit 1`)).length === 0),
  );
  await sequencer.stop();
  const relay = await startRelay(hub.services, [workflowsConsumer]);
  await eventually(async () => (await days.state(`deal-${deal.id}`)).pokes > 1);
  await relay.stop();
  expect((await days.state(`deal-${deal.id}`)).pokes).toBe(2);
});

it('a task that is taken from one deal and given to another pokes both', async () => {
  const { hub } = days;
  const relay = await startRelay(hub.services, [workflowsConsumer]);
  const make = async (name: string) => (await hub.call('POST', '/deals', { body: { name } })).body.id as string;
  const [from, to] = [await make('From'), await make('To')];
  const dueDate = days.ahead(100);
  const { body: task } = await hub.call('POST', '/tasks', { body: { title: 'Moved', dealId: from, dueDate } });
  const wakes = async (id: string) => (await days.state(`deal-${id}`)).wakeAtMs ?? 0;
  await eventually(async () => (await wakes(from)) === Date.parse(dueDate));
  await hub.call('PATCH', `/tasks/${task.id}`, { body: { dealId: to } });
  await eventually(async () => (await wakes(to)) === Date.parse(dueDate));
  await eventually(async () => (await wakes(from)) < Date.parse(dueDate));
  await relay.stop();
});
