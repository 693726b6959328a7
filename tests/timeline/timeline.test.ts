import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, anActivity, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

interface Page {
  data: { id: string; activityDate: string }[];
  nextCursor: string | null;
}

it('pages through a timeline newest first, and loses and repeats nothing while it grows', async () => {
  const contact = await aContact(hub);
  const made: string[] = [];
  for (let n = 0; n < 11; n++) {
    const activityDate = `2020-01-${String(1 + Math.floor(n / 2)).padStart(2, '0')}T00:00:00Z`; // pairs at the same instant
    made.push((await anActivity(hub, { contactIds: [contact.id], activityDate })).id);
  }
  const seen: Page['data'] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = (await hub.call('GET', `/contacts/${contact.id}/timeline?limit=3${cursor && `&cursor=${cursor}`}`)).body;
    seen.push(...page.data);
    cursor = page.nextCursor;
    await anActivity(hub, { contactIds: [contact.id] });
  }
  expect(seen.map((entry) => entry.activityDate)).toEqual(
    seen
      .map((entry) => entry.activityDate)
      .sort()
      .reverse(),
  );
  expect(
    seen
      .map((entry) => entry.id)
      .filter((id) => made.includes(id))
      .sort(),
  ).toEqual([...made].sort());
  expect(new Set(seen.map((entry) => entry.id)).size).toBe(seen.length);
});

it('shows the same 404 for a missing and for a deleted record', async () => {
  const contact = await aContact(hub);
  await hub.call('DELETE', `/contacts/${contact.id}`);
  const gone = await hub.call('GET', `/contacts/${contact.id}/timeline`);
  const never = await hub.call('GET', '/contacts/00000000-0000-7000-8000-000000000000/timeline');
  expect({ ...gone.body, requestId: '' }).toEqual({ ...never.body, requestId: '' });
  expect(gone.status).toBe(404);
});

it("refuses a cursor of another list, of another sort, or of one's own making", async () => {
  const contact = await aContact(hub);
  for (let n = 0; n < 2; n++) await anActivity(hub, { contactIds: [contact.id] });
  const { nextCursor } = (await hub.call('GET', `/contacts/${contact.id}/timeline?limit=1`)).body;
  for (const path of [
    `/contacts?cursor=${nextCursor}`,
    `/contacts/${contact.id}/timeline?cursor=${nextCursor.slice(0, -1)}`,
    `/contacts/${contact.id}/timeline?cursor=W10`,
  ]) {
    expect((await hub.call('GET', path)).body.errors, path).toMatchObject([{ pointer: 'query/cursor', code: 'invalid_cursor' }]);
  }
});

it('merges activities, tasks, changes and files, and narrows by kind', async () => {
  const contact = await aContact(hub, { title: 'Engineer' });
  await anActivity(hub, { contactIds: [contact.id], type: 'call', activityDate: '2020-01-01T00:00:00Z' });
  await aTask(hub, { title: 'Send offer', contactId: contact.id, dueDate: '2099-01-01T00:00:00Z' });
  await hub.call('PATCH', `/contacts/${contact.id}`, { body: { title: 'Lead' } });
  const typesOf = async (kinds = '') =>
    (await hub.call('GET', `/contacts/${contact.id}/timeline${kinds}`)).body.data.map((entry: { type: string }) => entry.type);
  expect(await typesOf()).toEqual(['task_planned', 'change', 'task_created', 'contact_created', 'call']);
  expect(await typesOf('?kinds=change,call')).toEqual(['change', 'call']);
  expect(await typesOf('?kinds=task')).toEqual(['task_planned', 'task_created']);
  expect(await typesOf('?kinds=mail')).toEqual([]);
  const changes = (await hub.call('GET', `/contacts/${contact.id}/timeline?kinds=change`)).body.data[0].changes;
  expect(changes).toEqual([{ field: 'title', from: 'Engineer', to: 'Lead' }]);
  expect((await hub.call('GET', `/contacts/${contact.id}/timeline?kinds=`)).status).toBe(400);
  const shipped =
    'note,call,meeting,mail,task,deal_created,deal_stage_changed,deal_closed,deal_reopened,change,workflow,file,webhook';
  expect((await hub.call('GET', `/contacts/${contact.id}/timeline?kinds=${shipped}`)).status).toBe(200);
  expect(await hub.call('GET', `/contacts/${contact.id}/timeline?kinds=mail,cal`)).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: 'query/kinds', code: 'unknown_kind', message: expect.stringContaining('cal') }] },
  });
});

it('pages over all kinds with one cursor, and loses and repeats nothing', async () => {
  const contact = await aContact(hub);
  for (let n = 0; n < 4; n++) {
    await hub.call('PATCH', `/contacts/${contact.id}`, { body: { title: `Title ${n}` } });
    await aTask(hub, { contactId: contact.id, dueDate: `2099-01-0${n + 1}T00:00:00Z` });
    await anActivity(hub, { contactIds: [contact.id] });
  }
  const whole = (await hub.call('GET', `/contacts/${contact.id}/timeline`)).body.data;
  const paged: Page['data'] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = (await hub.call('GET', `/contacts/${contact.id}/timeline?limit=3${cursor && `&cursor=${cursor}`}`)).body;
    paged.push(...page.data);
    cursor = page.nextCursor;
  }
  expect(whole).toHaveLength(17);
  expect(paged).toEqual(whole);
});

it('leaves out changes of fields that are hidden from the viewer', async () => {
  const all = { create: 'all', read: 'all', edit: 'all', delete: 'all' };
  const fields = { contact: { phone: 'hidden' } };
  await hub.call('POST', '/roles', { body: { key: 'blind', name: 'Blind', permissions: { contact: all }, fields } });
  const person = await hub.aUser('blind');
  const contact = await aContact(hub);
  await hub.call('PATCH', `/contacts/${contact.id}`, { body: { phone: '+43 1 1234567' } });
  await hub.call('PATCH', `/contacts/${contact.id}`, { body: { phone: '+43 1 1234568', title: 'Lead' } });
  const page = await hub.call('GET', `/contacts/${contact.id}/timeline?kinds=change`, { key: person.key });
  expect(page.body.data.map((entry: { changes: unknown[] }) => entry.changes)).toEqual([
    [{ field: 'title', from: null, to: 'Lead' }],
  ]);
});
