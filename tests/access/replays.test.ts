import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
let clerk: Person;
let stranger: Person;
beforeAll(async () => {
  hub = await startHub();
  const own = { create: 'own', read: 'own', edit: 'own' };
  const role = { key: 'clerk', name: 'Clerk', permissions: { contact: own, company: own, deal: own, task: own } };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  [clerk, stranger] = await Promise.all([hub.aUser('clerk'), hub.aRep()]);
});
afterAll(() => hub.stop());

const repeatable = (path: string, body: object, idempotencyKey: string) => () =>
  hub.call('POST', path, { key: clerk.key, body, headers: { 'idempotency-key': idempotencyKey } });

it('an answer is not given again with a field that has been hidden from the caller since', async () => {
  await aContact(hub, { key: clerk.key, email: 'seen-once@example.com', phone: '+43 1 234567' });
  const upsert = repeatable('/contacts?match=email', { email: 'seen-once@example.com', title: 'Dr' }, 'field');
  const first = await upsert();
  expect(first).toMatchObject({ status: 200, body: { phone: '+43 1 234567' } });
  expect(await upsert()).toMatchObject({ status: 200, body: first.body });
  await hub.call('PATCH', '/roles/clerk', { body: { fields: { contact: { phone: 'hidden' } } } });
  const again = await upsert();
  expect(again).toMatchObject({ status: 409, body: { code: 'answer_withheld' } });
  expect(JSON.stringify(again.body)).not.toMatch(/234567/);
  await hub.call('PATCH', '/roles/clerk', { body: { fields: {} } });
  expect(await upsert()).toMatchObject({ status: 200, body: first.body });
});

it('nor with the name of a record that the caller has come to see no more', async () => {
  const company = await aCompany(hub, { key: clerk.key, name: 'Vanishing' });
  const create = repeatable('/contacts', { firstName: 'Stays', companyId: company.id }, 'named');
  expect(await create()).toMatchObject({ status: 201, body: { companyName: 'Vanishing' } });
  expect((await create()).status).toBe(201);
  await hub.call('PATCH', `/companies/${company.id}`, { body: { ownerId: stranger.id, name: 'Vanished' } });
  const again = await create();
  expect(again).toMatchObject({ status: 409, body: { code: 'answer_withheld' } });
  expect(JSON.stringify(again.body)).not.toMatch(/Vanish/);
});
