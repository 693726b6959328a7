import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal, logOf } from '../support/factories.ts';
import { type CallOptions, type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const put = (dealId: string, contactId: string, role: string, options: CallOptions = {}) =>
  hub.call('PUT', `/deals/${dealId}/contacts/${contactId}`, { body: { role }, ...options });
const remove = (dealId: string, contactId: string, options: CallOptions = {}) =>
  hub.call('DELETE', `/deals/${dealId}/contacts/${contactId}`, options);
const get = async (dealId: string) => (await hub.call('GET', `/deals/${dealId}`)).body;
const typesOn = async (contactId: string) =>
  (await hub.call('GET', `/contacts/${contactId}/timeline`)).body.data.map(({ type }: { type: string }) => type);

it('gives contacts a role, another one, and takes it; each is a change of the deal', async () => {
  const deal = await aDeal(hub);
  const [buyer, user] = [await aContact(hub), await aContact(hub)];
  expect(deal.contacts).toEqual([]);
  await put(deal.id, buyer.id, 'Buyer');
  const both = await put(deal.id, user.id, 'User');
  expect(both).toMatchObject({ status: 200, body: { version: 3 } });
  expect(both.body.contacts).toEqual([
    { contactId: buyer.id, name: `${buyer.firstName} ${buyer.lastName}`, role: 'Buyer' },
    { contactId: user.id, name: `${user.firstName} ${user.lastName}`, role: 'User' },
  ]);
  expect((await put(deal.id, user.id, 'User')).body.version).toBe(3);
  expect((await put(deal.id, user.id, 'Champion')).body.version).toBe(4);
  expect((await remove(deal.id, buyer.id)).status).toBe(204);
  expect(await get(deal.id)).toMatchObject({ version: 5, contacts: [{ contactId: user.id, role: 'Champion' }] });
  const changes = (await logOf(hub, deal.id)).slice(1).map(({ type, data }) => [type, data.changes]);
  expect(changes).toEqual([
    ['deal.updated', { [`contacts.${buyer.id}`]: { from: null, to: 'Buyer' } }],
    ['deal.updated', { [`contacts.${user.id}`]: { from: null, to: 'User' } }],
    ['deal.updated', { [`contacts.${user.id}`]: { from: 'User', to: 'Champion' } }],
    ['deal.updated', { [`contacts.${buyer.id}`]: { from: 'Buyer', to: null } }],
  ]);
});

it('puts an earlier role back from the history of the deal', async () => {
  const deal = await aDeal(hub);
  const contact = await aContact(hub);
  await put(deal.id, contact.id, 'Buyer');
  await put(deal.id, contact.id, 'User');
  await remove(deal.id, contact.id);
  const { data } = (await hub.call('GET', `/deals/${deal.id}/history`)).body;
  const restore = (eventId: string) =>
    hub.call('POST', `/deals/${deal.id}/history/${eventId}/restore`, { body: { field: `contacts.${contact.id}` } });
  expect((await restore(data[0].id)).status).toBe(200);
  expect((await get(deal.id)).contacts).toMatchObject([{ role: 'User' }]);
  await restore(data[1].id);
  expect((await get(deal.id)).contacts).toMatchObject([{ role: 'Buyer' }]);
  await restore(data[2].id);
  expect((await get(deal.id)).contacts).toEqual([]);
});

it('tells of the deal on the timelines of all its contacts, once each, until they have no role any more', async () => {
  const deal = await aDeal(hub);
  const other = await aContact(hub);
  await put(deal.id, other.id, 'Buyer');
  await put(deal.id, deal.contactId, 'Champion');
  await hub.call('PATCH', `/deals/${deal.id}/stage`, { body: { stage: 'proposal' } });
  for (const id of [other.id, deal.contactId]) {
    expect((await typesOn(id)).sort()).toEqual(['contact_created', 'deal_created', 'deal_stage_changed']);
  }
  await remove(deal.id, other.id);
  await remove(deal.id, deal.contactId);
  expect(await typesOn(other.id)).toEqual(['contact_created']);
  expect(await typesOn(deal.contactId)).toContain('deal_created');
});

it('finds the deals of a contact, whichever its part', async () => {
  const contact = await aContact(hub);
  const [own, role] = [await aDeal(hub, { contactId: contact.id }), await aDeal(hub)];
  await aDeal(hub);
  await put(role.id, contact.id, 'Buyer');
  const { body } = await hub.call('GET', `/deals?filter[anyContactId]=${contact.id}&sort=createdAt`);
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual([own.id, role.id]);
});

it('is a 404 of the reference for a contact that the caller does not see, who is not shown to them either', async () => {
  const rep = await hub.aRep();
  const { body: role } = await hub.call('GET', '/roles/rep');
  const narrow = { ...role.permissions, contact: { ...role.permissions.contact, read: 'own' } };
  await hub.call('POST', '/roles', { body: { key: 'narrow', name: 'Narrow', permissions: narrow } });
  await hub.call('PATCH', `/users/${rep.id}`, { body: { role: 'narrow' } });
  const { key } = (await hub.call('POST', '/keys', { body: { name: 'narrow', role: 'narrow', userId: rep.id } })).body;
  const hidden = await aContact(hub);
  const deal = await aDeal(hub, { ownerId: rep.id, contactId: null });
  const missing = { status: 404, body: { code: 'contact_not_found' } };
  expect(await put(deal.id, hidden.id, 'Buyer', { key })).toMatchObject(missing);
  expect(await put(deal.id, '00000000-0000-7000-8000-000000000000', 'Buyer', { key })).toMatchObject(missing);
  await put(deal.id, hidden.id, 'Buyer');
  expect((await hub.call('GET', `/deals/${deal.id}`, { key })).body.contacts).toEqual([]);
  expect(await remove(deal.id, hidden.id, { key })).toMatchObject(missing);
  await hub.call('POST', `/contacts/${hidden.id}/shares`, { body: { userId: rep.id, access: 'read' } });
  expect((await hub.call('GET', `/deals/${deal.id}`, { key })).body.contacts).toHaveLength(1);
  expect((await remove(deal.id, hidden.id, { key })).status).toBe(204);
});

it('leaves deleted contacts out, and refuses a stale edit, an empty role, and what has none', async () => {
  const deal = await aDeal(hub);
  const contact = await aContact(hub);
  await put(deal.id, contact.id, 'Buyer');
  const stale = await put(deal.id, contact.id, 'User', { headers: { 'if-match': '"v1"' } });
  expect(stale).toMatchObject({ status: 412, body: { version: 2 } });
  expect((await put(deal.id, contact.id, ' ')).status).toBe(400);
  expect((await remove(deal.id, deal.contactId)).status).toBe(404);
  await hub.call('DELETE', `/contacts/${contact.id}`);
  expect((await get(deal.id)).contacts).toEqual([]);
});

it('counts each of fifty changes in flight', async () => {
  const deal = await aDeal(hub);
  const contacts = await Promise.all(Array.from({ length: 5 }, () => aContact(hub)));
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => put(deal.id, contacts[n % 5].id, `Role ${n}`)));
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  const events = (await logOf(hub, deal.id)).slice(1);
  const after = await get(deal.id);
  expect(after.version).toBe(1 + events.length);
  const told = new Map<string, string>();
  for (const { data } of events) {
    for (const [name, { from, to }] of Object.entries<{ from: string | null; to: string }>(data.changes)) {
      expect(from).toBe(told.get(name) ?? null);
      told.set(name, to);
    }
  }
  const now = after.contacts.map(({ contactId, role }: { contactId: string; role: string }) => [`contacts.${contactId}`, role]);
  expect(new Map(now)).toEqual(told);
});
