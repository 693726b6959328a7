import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aCustomField, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let clock = '2026-03-20T10:00:00Z';
beforeAll(async () => {
  hub = await startHub({ now: () => new Date(clock) });
  await hub.call('PATCH', `/users/${hub.admin.id}`, { body: { timeZone: 'Europe/Vienna' } });
});
afterAll(() => hub.stop());

const edit = (id: string, body: object) => hub.call('PATCH', `/tasks/${id}`, { body });
const done = async (id: string) => (await edit(id, { status: 'completed' })).body;
const get = async (id: string) => (await hub.call('GET', `/tasks/${id}`)).body;
const nextOf = async (id: string) => get((await done(id)).nextTaskId);

it('makes the next task when one is done, with everything but what was done', async () => {
  const contact = await aContact(hub);
  const about = {
    title: 'Weekly call',
    description: 'About the week',
    priority: 'high',
    contactId: contact.id,
    reminders: [10, 60],
  };
  const task = await aTask(hub, { ...about, dueDate: '2026-03-23T08:00:00Z', recurrence: 'rrule:freq=weekly' });
  expect(task).toMatchObject({ recurrence: 'FREQ=WEEKLY', seriesId: task.id, nextTaskId: null, reminders: [60, 10] });
  const next = await nextOf(task.id);
  expect(next).toMatchObject({ ...about, reminders: [60, 10], status: 'pending', completedAt: null, version: 1 });
  expect(next).toMatchObject({ seriesId: task.id, recurrence: 'FREQ=WEEKLY', nextTaskId: null, assignedTo: hub.admin.id });
  expect((await logOf(hub, task.id)).at(-1)).toMatchObject({ type: 'task.completed', data: { nextTaskId: next.id } });
  expect((await logOf(hub, next.id)).map(({ type }) => type)).toEqual(['task.created']);
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.nextActivityAt).toBe(next.dueDate);
});

it('keeps the wall time of its assignee over the change to summer time', async () => {
  const task = await aTask(hub, { dueDate: '2026-03-23T08:00:00Z', recurrence: 'FREQ=WEEKLY' });
  expect((await nextOf(task.id)).dueDate).toBe('2026-03-30T07:00:00.000Z');
});

it('goes on by days for a task that is due on a day, and by the rule, not by when it was done', async () => {
  const task = await aTask(hub, { dueDay: '2026-03-31', recurrence: 'FREQ=MONTHLY;BYMONTHDAY=-1' });
  const next = await nextOf(task.id);
  expect(next).toMatchObject({ dueDay: '2026-04-30', dueDate: '2026-04-30T07:00:00.000Z' });
  await edit(next.id, { dueDay: '2026-05-04' });
  expect((await nextOf(next.id)).dueDay).toBe('2026-05-31');
});

it('leaves out what was missed: the next one is for today at the earliest', async () => {
  const task = await aTask(hub, { dueDay: '2026-03-02', recurrence: 'FREQ=DAILY' });
  expect((await nextOf(task.id)).dueDay).toBe('2026-03-20');
  clock = '2026-03-20T23:30:00Z'; // half past midnight in Vienna
  const late = await aTask(hub, { dueDay: '2026-03-02', recurrence: 'FREQ=DAILY' });
  expect((await nextOf(late.id)).dueDay).toBe('2026-03-21');
  clock = '2026-03-20T10:00:00Z';
});

it('ends with its COUNT and its UNTIL', async () => {
  for (const recurrence of ['FREQ=DAILY;COUNT=2', 'FREQ=DAILY;UNTIL=20260324']) {
    const first = await aTask(hub, { dueDate: '2026-03-23T08:00:00Z', recurrence });
    const second = await nextOf(first.id);
    expect(second.dueDate).toBe('2026-03-24T08:00:00.000Z');
    expect(await done(second.id)).toMatchObject({ status: 'completed', nextTaskId: null });
  }
});

it('makes one next task of fifty completions in flight, and none when it is opened and completed again', async () => {
  const task = await aTask(hub, { dueDate: '2026-03-23T08:00:00Z', recurrence: 'FREQ=DAILY' });
  const answers = await Promise.all(Array.from({ length: 50 }, () => edit(task.id, { status: 'completed' })));
  const nextIds = new Set(answers.map(({ status, body }) => `${status} ${body.nextTaskId}`));
  expect([...nextIds]).toEqual([expect.stringMatching(/^200 [0-9a-f-]{36}$/)]);
  const inSeries = async () => (await hub.call('GET', `/tasks?filter[seriesId]=${task.id}`)).body.data;
  expect(await inSeries()).toHaveLength(2);
  await edit(task.id, { status: 'pending' });
  await done(task.id);
  expect(await inSeries()).toHaveLength(2);
  expect((await logOf(hub, task.id)).filter(({ type }) => type === 'task.completed')).toHaveLength(2);
});

it('begins anew with another rule, and recurs no more without one', async () => {
  const task = await aTask(hub, { dueDate: '2026-03-23T08:00:00Z', recurrence: 'FREQ=WEEKLY' });
  await edit(task.id, { dueDate: '2026-03-25T08:00:00Z', recurrence: 'FREQ=WEEKLY;INTERVAL=2' });
  const next = await nextOf(task.id);
  expect(next.dueDate).toBe('2026-04-08T07:00:00.000Z');
  await edit(next.id, { recurrence: null });
  expect(await done(next.id)).toMatchObject({ recurrence: null, nextTaskId: null });
});

it('does not take along a custom value that is unique', async () => {
  await aCustomField(hub, { object: 'task', name: 'ticket', unique: true });
  await aCustomField(hub, { object: 'task', name: 'room' });
  await eventually(async () => {
    const { body } = await hub.call('GET', '/custom-fields?object=task');
    return body.data.find(({ name }: { name: string }) => name === 'ticket').unique;
  });
  const values = { ticket: 'T-1', room: 'Blue' };
  const task = await aTask(hub, { dueDay: '2026-03-23', recurrence: 'FREQ=DAILY', customFields: values });
  expect((await nextOf(task.id)).customFields).toEqual({ room: 'Blue' });
});

it.each([
  ['FREQ=HOURLY', /FREQ is one of DAILY/],
  ['FREQ=DAILY;BYHOUR=9,10', /not BYHOUR/],
  ['FREQ=SOMETIMES', /FREQ is one of/],
  ['INTERVAL=2', /freq/],
  ['FREQ=DAILY;INTERVAL=0', /INTERVAL/],
  ['FREQ=DAILY;FREQ=WEEKLY', /once/],
  ['FREQ=DAILY;COUNT=2;UNTIL=20270101', /count and until/],
  ['FREQ=MONTHLY;BYMONTHDAY=32', /BYMONTHDAY/],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', /no day fits/],
  ['FREQ=DAILY;UNTIL=20260231', /./],
  ['FREQ=DAILY\nEXDATE:20260102', /FREQ/],
  ['every monday', /parts FREQ/],
])('refuses the rule %j and says why', async (recurrence, why) => {
  const answer = await hub.call('POST', '/tasks', { body: { title: 'x', dueDay: '2026-03-23', recurrence } });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/recurrence', code: 'invalid_recurrence' }] } });
  expect(answer.body.errors[0].message).toMatch(why);
});

it('asks for a due date to begin with, within the years that rules are followed', async () => {
  const rule = { recurrence: 'FREQ=DAILY' };
  const refused = (code: string) => ({ status: 400, body: { errors: [{ pointer: '/recurrence', code }] } });
  const make = (body: object) => hub.call('POST', '/tasks', { body: { title: 'x', ...rule, ...body } });
  expect(await make({})).toMatchObject(refused('recurrence_without_due'));
  for (const dueDay of ['0001-01-01', '9999-12-31']) expect(await make({ dueDay })).toMatchObject(refused('invalid_recurrence'));
  const task = await aTask(hub, { ...rule, dueDay: '2026-03-23' });
  expect(await edit(task.id, { dueDay: null })).toMatchObject(refused('recurrence_without_due'));
  expect(await edit(task.id, { dueDay: null, recurrence: null })).toMatchObject({ status: 200 });
});
