import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, anActivity, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const make = (body: object) => hub.call('POST', '/activity-types', { body });
const change = (id: string, body: object) => hub.call('PATCH', `/activity-types/${id}`, { body });
const byKey = async (key: string) =>
  (await hub.call('GET', '/activity-types')).body.data.find((type: { key: string }) => type.key === key);

it('makes a type that is logged, stands on the timeline, and counts as contact when it says so', async () => {
  const visit = (await make({ key: 'site_visit', label: 'Site visit', icon: 'map-pin', countsAsContact: true })).body;
  expect(visit).toMatchObject({ key: 'site_visit', system: false, archived: false, version: 1 });
  await make({ key: 'research', label: 'Research' });
  const contact = await aContact(hub);
  const log = (type: string, activityDate: string) => anActivity(hub, { type, activityDate, contactIds: [contact.id] });
  await log('site_visit', '2026-03-01T00:00:00Z');
  await log('research', '2026-03-02T00:00:00Z');
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.lastContactedAt).toBe('2026-03-01T00:00:00.000Z');
  const { data } = (await hub.call('GET', `/contacts/${contact.id}/timeline?kinds=site_visit`)).body;
  expect(data.map(({ type }: { type: string }) => type)).toEqual(['site_visit']);
});

it('renames, archives and takes up again, with an event each', async () => {
  const { id } = (await make({ key: 'demo', label: 'Demo' })).body;
  const contact = await aContact(hub);
  await anActivity(hub, { type: 'demo', contactIds: [contact.id] });
  expect((await change(id, { label: 'Product demo', archived: true })).body).toMatchObject({
    key: 'demo',
    label: 'Product demo',
    archived: true,
    version: 2,
  });
  const refused = await hub.call('POST', '/activities', { body: { type: 'demo', subject: 'x', contactIds: [contact.id] } });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/type', code: 'unknown_activity_type' }] } });
  expect((await hub.call('GET', `/activities?filter[type]=demo`)).body.data).toHaveLength(1);
  await change(id, { archived: false });
  await anActivity(hub, { type: 'demo', contactIds: [contact.id] });
  expect((await logOf(hub, id)).map(({ type }) => type)).toEqual([
    'activity_type.created',
    'activity_type.updated',
    'activity_type.updated',
  ]);
});

it('names the types there are when an unknown one, or one of the system, is logged', async () => {
  const contact = await aContact(hub);
  for (const type of ['unheard_of', 'deal_closed']) {
    const { status, body } = await hub.call('POST', '/activities', { body: { type, subject: 'x', contactIds: [contact.id] } });
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ pointer: '/type', code: 'unknown_activity_type' });
    expect(body.errors[0].message).toMatch(/call, .*meeting, note/);
  }
});

it('refuses a key that is taken or means something else, and changes of what the system or others rely on', async () => {
  expect(await make({ key: 'call', label: 'Call' })).toMatchObject({ status: 409, body: { code: 'activity_type_key_taken' } });
  for (const key of ['mail', 'Call', '1st', '']) expect((await make({ key, label: 'x' })).status).toBe(400);
  const closed = await byKey('deal_closed');
  expect(await change(closed.id, { label: 'x' })).toMatchObject({ status: 409, body: { code: 'activity_type_of_system' } });
  await anActivity(hub, { type: 'note' });
  const note = await byKey('note');
  expect(await change(note.id, { countsAsContact: true })).toMatchObject({ status: 409, body: { code: 'activity_type_in_use' } });
  const stale = await hub.call('PATCH', `/activity-types/${note.id}`, { body: { label: 'x' }, headers: { 'if-match': '"v9"' } });
  expect(stale.status).toBe(412);
});

it('keeps two who make the same key at once apart', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => make({ key: 'twice', label: 'Twice' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
});
