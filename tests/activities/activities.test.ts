import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aDeal, anActivity, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('logs a call on the timelines of everyone it concerns, and they count as contacted', async () => {
  const [one, two, company] = [await aContact(hub), await aContact(hub), await aCompany(hub)];
  const deal = await aDeal(hub, { contactId: one.id });
  const call = await anActivity(hub, {
    contactIds: [one.id, two.id, one.id],
    companyId: company.id,
    dealId: deal.id,
    activityDate: '2026-03-01T10:00:00+02:00',
    duration: 15,
    direction: 'out',
  });
  expect(call).toMatchObject({ activityDate: '2026-03-01T08:00:00.000Z', source: 'user', ownerId: hub.admin.id });
  expect(call.contactIds).toEqual([one.id, two.id].sort());
  for (const path of [`/contacts/${one.id}`, `/contacts/${two.id}`, `/companies/${company.id}`, `/deals/${deal.id}`]) {
    const ids = (await hub.call('GET', `${path}/timeline`)).body.data.map((entry: { id: string }) => entry.id);
    expect(ids, path).toContain(call.id);
  }
  expect((await hub.call('GET', `/contacts/${two.id}`)).body).toMatchObject({
    lastContactedAt: '2026-03-01T08:00:00.000Z',
    version: 1,
    updatedAt: two.updatedAt,
  });
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({
    lastActivityAt: '2026-03-01T08:00:00.000Z',
    version: 1,
  });
});

it('does not take a note or an older call for the last contact', async () => {
  const contact = await aContact(hub);
  const on = (type: string, activityDate: string) => anActivity(hub, { type, activityDate, contactIds: [contact.id] });
  await on('call', '2026-03-02T00:00:00Z');
  await on('note', '2026-03-09T00:00:00Z');
  await on('meeting', '2026-03-01T00:00:00Z');
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.lastContactedAt).toBe('2026-03-02T00:00:00.000Z');
});

it('moves an activity on every timeline when its date is edited, and takes it off when it is deleted', async () => {
  const contact = await aContact(hub);
  const first = await anActivity(hub, { contactIds: [contact.id], activityDate: '2026-01-01T00:00:00Z' });
  const second = await anActivity(hub, { contactIds: [contact.id], activityDate: '2026-01-02T00:00:00Z' });
  const calls = async () =>
    (await hub.call('GET', `/contacts/${contact.id}/timeline`)).body.data
      .filter((entry: { type: string }) => entry.type === 'call')
      .map((entry: { id: string }) => entry.id);
  expect(await calls()).toEqual([second.id, first.id]);
  const edited = await hub.call('PATCH', `/activities/${first.id}`, { body: { activityDate: '2026-01-03T00:00:00Z' } });
  expect(edited.body).toMatchObject({ version: 2, activityDate: '2026-01-03T00:00:00.000Z' });
  expect(await calls()).toEqual([first.id, second.id]);
  expect((await hub.call('DELETE', `/activities/${first.id}`)).status).toBe(204);
  expect(await calls()).toEqual([second.id]);
  expect((await logOf(hub, first.id)).map((event) => event.type)).toEqual([
    'activity.logged',
    'activity.updated',
    'activity.deleted',
  ]);
});

it('does not let anybody change what the system wrote', async () => {
  const contact = await aContact(hub);
  const [entry] = (await hub.call('GET', `/contacts/${contact.id}/timeline`)).body.data;
  for (const [method, body] of [
    ['PATCH', { subject: 'Forged' }],
    ['DELETE', undefined],
  ] as const) {
    expect(await hub.call(method, `/activities/${entry.id}`, { body })).toMatchObject({
      status: 409,
      body: { code: 'activity_of_system' },
    });
  }
});

it('says which of the contacts is unknown, and asks for somebody it concerns', async () => {
  const contact = await aContact(hub);
  const log = (links: object) => hub.call('POST', '/activities', { body: { type: 'note', subject: 'x', ...links } });
  expect((await log({ contactIds: [contact.id, '00000000-0000-7000-8000-000000000000'] })).body).toMatchObject({
    status: 400,
    errors: [{ pointer: '/contactIds/1', code: 'reference_not_found' }],
  });
  expect((await log({ dealId: '00000000-0000-7000-8000-000000000000' })).body.errors).toMatchObject([{ pointer: '/dealId' }]);
  expect((await log({})).status).toBe(400);
});

it('lists activities by contact, deal and type', async () => {
  const deal = await aDeal(hub);
  const call = await anActivity(hub, { contactIds: [deal.contactId], dealId: deal.id });
  const note = await anActivity(hub, { type: 'note', contactIds: [deal.contactId] });
  const ids = async (query: string) =>
    (await hub.call('GET', `/activities?${query}`)).body.data.map((one: { id: string }) => one.id);
  expect(await ids(`filter[dealId]=${deal.id}&filter[type]=call`)).toEqual([call.id]);
  expect(await ids(`filter[contactId]=${deal.contactId}`)).toEqual(expect.arrayContaining([call.id, note.id]));
  expect(await ids(`filter[contactId]=${deal.contactId}&filter[type]=note`)).toEqual([note.id]);
});
