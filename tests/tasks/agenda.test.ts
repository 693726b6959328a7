import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, aDeal, aTask } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let rep: Person;
/** Half past midnight of the 21st in Auckland, where the rep is; noon of the 20th in UTC. */
const clock = '2026-03-20T11:30:00Z';
beforeAll(async () => {
  hub = await startHub({ now: () => new Date(clock) });
  rep = await hub.aRep();
  await hub.call('PATCH', `/users/${rep.id}`, { body: { timeZone: 'Pacific/Auckland' } });
});
afterAll(() => hub.stop());

const edit = (id: string, body: object) => hub.call('PATCH', `/tasks/${id}`, { body });

it('plans a task for a day beside the instant at which it is told of, in the zone of whoever is assigned', async () => {
  const task = await aTask(hub, { dueDay: '2026-06-01', assignedTo: rep.id });
  expect(task).toMatchObject({ dueDay: '2026-06-01', dueDate: '2026-05-31T21:00:00.000Z' });
  const given = await edit(task.id, { assignedTo: hub.admin.id });
  expect(given.body).toMatchObject({ dueDay: '2026-06-01', dueDate: '2026-06-01T09:00:00.000Z' });
  const timed = await edit(task.id, { dueDate: '2026-06-02T12:00:00Z' });
  expect(timed.body).toMatchObject({ dueDay: null, dueDate: '2026-06-02T12:00:00.000Z' });
  expect((await edit(task.id, { dueDay: null })).body).toMatchObject({ dueDay: null, dueDate: '2026-06-02T12:00:00.000Z' });
  expect((await edit(task.id, { dueDay: '2026-06-03' })).body).toMatchObject({ dueDay: '2026-06-03' });
  expect((await edit(task.id, { dueDay: null })).body).toMatchObject({ dueDay: null, dueDate: null });
});

it('takes back both as they were read, as an undo does', async () => {
  const task = await aTask(hub, { dueDay: '2026-06-01' });
  const { dueDay, dueDate } = task;
  expect((await edit(task.id, { dueDay, dueDate })).body.version).toBe(1);
  await edit(task.id, { dueDate: '2026-07-01T12:00:00Z' });
  expect((await edit(task.id, { dueDay, dueDate })).body).toMatchObject({ dueDay, dueDate, version: 3 });
});

it('refuses a day and another instant at once, and reminders that are none', async () => {
  const make = (body: object) => hub.call('POST', '/tasks', { body: { title: 'x', ...body } });
  expect(await make({ dueDay: '2026-06-01', dueDate: '2026-06-01T12:00:00Z' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/dueDay', code: 'due_twice' }] },
  });
  expect(await make({ dueDay: '2026-02-30' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/dueDay' }] } });
  for (const reminders of [[0], [1.5], Array(11).fill(5), 5]) expect((await make({ reminders })).status).toBe(400);
});

it('lists and counts what of mine is late and what is left of my own day', async () => {
  const mine = { key: rep.key };
  const make = (title: string, due: object) => aTask(hub, { ...mine, title, ...due });
  await make('late by the clock', { dueDate: '2026-03-20T11:29:00Z' });
  await make('late by the day', { dueDay: '2026-03-20' });
  await make('today by the clock', { dueDate: '2026-03-21T10:59:00Z' });
  await make('today by the day', { dueDay: '2026-03-21' });
  await make('tomorrow by the clock', { dueDate: '2026-03-21T11:00:00Z' });
  await make('tomorrow by the day', { dueDay: '2026-03-22' });
  await make('whenever', {});
  await make('done', { dueDay: '2026-03-20', status: 'completed' });
  await aTask(hub, { title: "another's", dueDay: '2026-03-01' });
  const titles = async (query: string) =>
    (await hub.call('GET', `/tasks?${query}`, mine)).body.data.map(({ title }: { title: string }) => title);
  const byDue = async (due: string, query = '') => titles(`due=${due}&filter[assignedTo]=me${query}`);
  expect(await byDue('overdue')).toEqual(['late by the day', 'late by the clock']);
  expect(await byDue('today')).toEqual(['today by the day', 'today by the clock']);
  expect(await byDue('today', '&sort=-dueDate&limit=1')).toEqual(['today by the clock']);
  expect((await hub.call('GET', '/tasks/counts', mine)).body).toEqual({ overdue: 2, today: 2, open: 7 });
  expect((await hub.call('GET', '/tasks?due=someday', mine)).status).toBe(400);
});

it('finds the agenda by the index of open tasks by assignee', async () => {
  const plan = await hub.deed(async (ctx) => {
    await rowsOf(
      ctx,
      SQL`insert into tasks (id, title, status, due_date, assigned_to, created_at, updated_at)
          select gen_random_uuid(), 't', case when n % 3 = 0 then 'completed' else 'pending' end, now() + n * interval '1 minute',
            case n % 20 when 0 then ${rep.id}::uuid else ${hub.admin.id}::uuid end, now(), now() from generate_series(1, 20000) n where n % 3 > 0`,
    );
    await rowsOf(ctx, SQL`analyze tasks`);
    return rowsOf<{ 'QUERY PLAN': string }>(
      ctx,
      SQL`explain select id from tasks where deleted_at is null and assigned_to = ${rep.id} and status = any(${['pending', 'in_progress']}::text[])
          and due_date < now() order by due_date, id limit 50`,
    );
  });
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/tasks_mine/);
});

it('says after a task is done whether its deal is left without a next step', async () => {
  const deal = await aDeal(hub);
  const steps = async (id: string, key = hub.admin.key) => (await hub.call('GET', `/tasks/${id}/next-steps`, { key })).body;
  const task = await aTask(hub, { dealId: deal.id, contactId: deal.contactId });
  await edit(task.id, { status: 'completed' });
  expect(await steps(task.id)).toMatchObject({
    isNeeded: true,
    nextTaskId: null,
    deal: { id: deal.id, name: deal.name, status: 'open' },
    contact: { id: deal.contactId },
    planned: [],
  });
  const later = await aTask(hub, { dealId: deal.id, title: 'Later' });
  const soon = await aTask(hub, { dealId: deal.id, title: 'Soon', dueDay: '2026-04-01' });
  const asked = await steps(task.id);
  expect(asked.isNeeded).toBe(false);
  expect(asked.planned).toEqual([
    { id: soon.id, title: 'Soon', dueDate: soon.dueDate, dueDay: '2026-04-01' },
    { id: later.id, title: 'Later', dueDate: null, dueDay: null },
  ]);
  for (const { id } of [later, soon]) await edit(id, { status: 'cancelled' });
  await hub.call('POST', `/deals/${deal.id}/close`, { body: { status: 'won' } });
  expect((await steps(task.id)).isNeeded).toBe(false);
});

it('asks about the contact where there is no deal, and about nothing that is nobody’s', async () => {
  const contact = await aContact(hub);
  const about = await aTask(hub, { contactId: contact.id, status: 'completed' });
  expect((await hub.call('GET', `/tasks/${about.id}/next-steps`)).body).toMatchObject({ isNeeded: true, deal: null });
  const alone = await aTask(hub, { status: 'completed' });
  expect((await hub.call('GET', `/tasks/${alone.id}/next-steps`)).body).toMatchObject({ isNeeded: false, contact: null });
});
