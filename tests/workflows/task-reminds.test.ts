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

const waiting = /^Waiting for the due date/;
const due = /^Due/;

async function aTask(title: string, dueIn: number): Promise<string> {
  const { body } = await days.hub.call('POST', '/tasks', { body: { title, dueDate: days.ahead(dueIn) } });
  await days.until(`/tasks/${body.id}`, waiting);
  return body.id;
}

const edit = (id: string, body: object) => days.hub.call('PATCH', `/tasks/${id}`, { body });

/** Resolves when the run waits for this due date. */
const waitsFor = (id: string, dueDate: string) =>
  eventually(async () => (await days.hub.call('GET', `/tasks/${id}/workflow`)).body.nextAt === dueDate);

const ended = (id: string) =>
  eventually(async () => (await days.hub.services.ports.runs.describe(`task-${id}`))?.status === 'completed');

async function tellings(id: string, key?: string): Promise<string[]> {
  const { body } = await days.hub.call('GET', '/notifications?limit=200', key === undefined ? {} : { key });
  return body.data.filter((one: { recordId: string }) => one.recordId === id).map((one: { subject: string }) => one.subject);
}

const dueEvents = (id: string) =>
  days.hub.deed((ctx) => rowsOf(ctx, SQL`select 1 from events where record_id = ${id} and type = 'task.came_due'`));

it('tells the assignee once when the task comes due, and not before', async () => {
  const id = await aTask('Call Ada', 3);
  await days.pass(2);
  expect(await tellings(id)).toEqual([]);
  await days.pass(2);
  await days.until(`/tasks/${id}`, due);
  await days.pass(30);
  expect(await tellings(id)).toEqual(['Call Ada is due']);
  expect(await dueEvents(id)).toHaveLength(1);
});

it('moves with the due date, and a task that is put off after it came due comes due again', async () => {
  const id = await aTask('Send offer', 3);
  const later = days.ahead(10);
  await edit(id, { dueDate: later });
  await waitsFor(id, later);
  await days.pass(5);
  expect(await tellings(id)).toEqual([]);
  await days.pass(6);
  await days.until(`/tasks/${id}`, due);
  const again = days.ahead(5);
  await edit(id, { dueDate: again });
  await waitsFor(id, again);
  await days.pass(6);
  await days.until(`/tasks/${id}`, due);
  expect(await tellings(id)).toHaveLength(2);
});

it('reminds so many minutes before, each once, in the order of their time, and then tells that it is due', async () => {
  const id = await aTask('Prepare', 3);
  await edit(id, { reminders: [2 * 1_440, 60] });
  const first = new Date(
    Date.parse(String((await days.hub.call('GET', `/tasks/${id}`)).body.dueDate)) - 2 * 86_400_000,
  ).toISOString();
  await waitsFor(id, first);
  expect(await tellings(id)).toEqual([]);
  await days.pass(1.1);
  await eventually(async () => (await tellings(id)).length === 1);
  await days.pass(2);
  await days.until(`/tasks/${id}`, due);
  expect(await tellings(id)).toEqual(['Prepare is due', 'Prepare is due in 60 minutes', 'Prepare is due in 2 days']);
});

it('tells one reminder for those whose time has passed, and again when the task is put off', async () => {
  const id = await aTask('Pack', 0.02);
  await edit(id, { reminders: [1_440, 60, 45] });
  await eventually(async () => (await tellings(id)).length === 1);
  expect(await tellings(id)).toEqual(['Pack is due in 29 minutes']);
  await edit(id, { dueDate: days.ahead(0.03) });
  await eventually(async () => (await tellings(id)).length === 2);
});

it('tells of a task for a day in the morning of it, where its assignee is', async () => {
  const rep = await days.hub.aRep();
  await days.hub.call('PATCH', `/users/${rep.id}`, { body: { timeZone: 'America/New_York' } });
  const day = days.ahead(3).slice(0, 10);
  const { body } = await days.hub.call('POST', '/tasks', { body: { title: 'On the day', dueDay: day, assignedTo: rep.id } });
  const run = await days.until(`/tasks/${body.id}`, waiting);
  const local = new Date(String(run.nextAt)).toLocaleString('sv', { timeZone: 'America/New_York' });
  expect(local).toBe(`${day} 09:00:00`);
  await days.pass(5);
  await days.until(`/tasks/${body.id}`, due);
  expect(await tellings(body.id, rep.key)).toEqual(['On the day is due']);
});

it('tells a new assignee of a task that is due, and nobody twice', async () => {
  const id = await aTask('Inherited', 1);
  await days.pass(2);
  await days.until(`/tasks/${id}`, due);
  const rep = await days.hub.aRep();
  await edit(id, { assignedTo: rep.id });
  await eventually(async () => (await tellings(id, rep.key)).length === 1);
  await edit(id, { assignedTo: days.hub.admin.id });
  await eventually(async () => (await days.state(`task-${id}`)).pokes >= 3);
  expect(await tellings(id)).toHaveLength(1);
  expect(await dueEvents(id)).toHaveLength(1);
});

for (const [how, act] of [
  ['completed', (id: string) => edit(id, { status: 'completed' })],
  ['cancelled', (id: string) => edit(id, { status: 'cancelled' })],
  ['without a due date', (id: string) => edit(id, { dueDate: null })],
  ['deleted', (id: string) => days.hub.call('DELETE', `/tasks/${id}`)],
] as const) {
  it(`ends when the task is ${how}, and tells nobody`, async () => {
    const id = await aTask(`To be ${how}`, 3);
    await act(id);
    await ended(id);
    await days.pass(5);
    expect(await tellings(id)).toEqual([]);
  });
}

it('a task made without a due date has no run until it gets one, however far ahead', async () => {
  const { body } = await days.hub.call('POST', '/tasks', { body: { title: 'Some day' } });
  const run = await days.hub.call('GET', `/tasks/${body.id}/workflow`);
  expect(run).toMatchObject({ status: 200, body: { state: 'none', awaiting: null, engine: 'none' } });
  await edit(body.id, { dueDate: days.ahead(900_000) });
  await days.until(`/tasks/${body.id}`, waiting);
});
