import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const edit = (id: string, body: object) => hub.call('PATCH', `/tasks/${id}`, { body });

it('completes with its status, tells the timeline, and can be opened again', async () => {
  const contact = await aContact(hub);
  const task = await aTask(hub, { title: 'Call back', contactId: contact.id });
  expect(task).toMatchObject({ status: 'pending', priority: 'normal', assignedTo: hub.admin.id, completedAt: null });
  const done = await edit(task.id, { status: 'completed' });
  expect(done.body).toMatchObject({ status: 'completed', completedAt: done.body.updatedAt, version: 2 });
  expect((await hub.call('GET', `/contacts/${contact.id}/timeline`)).body.data[0]).toMatchObject({
    type: 'task_completed',
    subject: 'Call back',
  });
  expect((await edit(task.id, { status: 'pending' })).body).toMatchObject({ completedAt: null });
  expect((await logOf(hub, task.id)).map((event) => event.type)).toEqual([
    'task.created',
    'task.updated',
    'task.completed',
    'task.updated',
  ]);
});

it('is the next step of its deal and contact: the earliest open one', async () => {
  const deal = await aDeal(hub);
  const next = async () => [
    (await hub.call('GET', `/deals/${deal.id}`)).body.nextActivityAt,
    (await hub.call('GET', `/contacts/${deal.contactId}`)).body.nextActivityAt,
  ];
  const both = { dealId: deal.id, contactId: deal.contactId };
  const late = await aTask(hub, { ...both, dueDate: '2030-02-01T00:00:00Z' });
  const soon = await aTask(hub, { ...both, dueDate: '2030-01-01T00:00:00Z' });
  expect(await next()).toEqual([soon.dueDate, soon.dueDate]);
  await edit(soon.id, { status: 'cancelled' });
  expect(await next()).toEqual([late.dueDate, late.dueDate]);
  await edit(late.id, { dealId: null });
  expect(await next()).toEqual([null, late.dueDate]);
  await hub.call('DELETE', `/tasks/${late.id}`);
  expect(await next()).toEqual([null, null]);
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ version: 1, updatedAt: deal.updatedAt });
});

it('lists my open tasks by due date, those without one last', async () => {
  const rep = await hub.aRep();
  const { key } = rep;
  await aTask(hub, { key, title: 'whenever' });
  await aTask(hub, { key, title: 'second', dueDate: '2030-01-02T00:00:00Z' });
  await aTask(hub, { key, title: 'first', dueDate: '2030-01-01T00:00:00Z' });
  await aTask(hub, { key, title: 'done', status: 'completed', dueDate: '2029-01-01T00:00:00Z' });
  await aTask(hub, { title: "another's" });
  const titles: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/tasks?filter[assignedTo]=me&filter[status][in]=pending,in_progress&sort=dueDate&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { body } = await hub.call('GET', path, { key });
    titles.push(...body.data.map((task: { title: string }) => task.title));
    cursor = body.nextCursor;
  }
  expect(titles).toEqual(['first', 'second', 'whenever']);
});

it('lets a rep edit a task that is assigned to them, and no other', async () => {
  const rep = await hub.aRep();
  const mine = await aTask(hub, { assignedTo: rep.id });
  const other = await aTask(hub);
  const as = (id: string) => hub.call('PATCH', `/tasks/${id}`, { body: { priority: 'high' }, key: rep.key });
  expect((await as(mine.id)).status).toBe(200);
  expect(await as(other.id)).toMatchObject({ status: 403, body: { permission: 'task:edit' } });
});
