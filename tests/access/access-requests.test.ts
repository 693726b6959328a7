import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, logOf } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let rep: Person;
beforeAll(async () => {
  hub = await startHub();
  const contact = { create: 'own', read: 'own', edit: 'own', delete: 'own' };
  const notification = { read: 'own', edit: 'own' };
  await hub.call('POST', '/roles', { body: { key: 'own_only', name: 'Own only', permissions: { contact, notification } } });
  rep = await hub.aUser('own_only', 'Rita');
});
afterAll(() => hub.stop());

const ask = (email: string, key = rep.key) => hub.call('POST', '/contacts/access-requests', { key, body: { email } });
const told = async (key: string) => (await hub.call('GET', '/notifications', { key })).body.data;

it('has the owner asked once by whom an address is refused, and the owner shares', async () => {
  const contact = await aContact(hub, { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@hidden.example' });
  const refused = await hub.call('POST', '/contacts', { key: rep.key, body: { email: 'Ada@hidden.example' } });
  expect(refused).toMatchObject({ status: 409, body: { code: 'contact_email_taken', existing: null } });
  for (let n = 0; n < 2; n++) expect(await ask('Ada@hidden.example')).toMatchObject({ status: 202, body: {} });
  expect(await told(hub.admin.key)).toMatchObject([
    { kind: 'access_requested', recordType: 'contact', recordId: contact.id, subject: 'Rita asks to see Ada Lovelace' },
  ]);
  const asked = (await logOf(hub, contact.id)).filter(({ type }) => type === 'contact.access_requested');
  expect(asked).toMatchObject([{ data: { userId: rep.id } }]);
  expect((await hub.call('GET', `/contacts/${contact.id}`, { key: rep.key })).status).toBe(404);
  await hub.call('POST', `/contacts/${contact.id}/shares`, { body: { userId: rep.id, access: 'read' } });
  expect((await hub.call('GET', `/contacts/${contact.id}`, { key: rep.key })).status).toBe(200);
});

it('answers alike whether nobody has the address, somebody whom one sees, somebody deleted, or somebody hidden', async () => {
  const before = (await told(hub.admin.key)).length;
  const gone = await aContact(hub, { email: 'gone@hidden.example' });
  await hub.call('DELETE', `/contacts/${gone.id}`);
  await aContact(hub, { key: rep.key, email: 'mine@hidden.example' });
  const answers = [];
  for (const email of ['nobody@hidden.example', 'mine@hidden.example', 'gone@hidden.example', 'ada@hidden.example'])
    answers.push(await ask(email));
  expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
  expect(await told(hub.admin.key)).toHaveLength(before);
  expect(await told(rep.key)).toEqual([]);
});

it('is not for who makes no contacts', async () => {
  const viewer = await hub.aUser('viewer');
  expect((await ask('ada@hidden.example', viewer.key)).status).toBe(403);
  expect((await ask('no address')).status).toBe(400);
});
