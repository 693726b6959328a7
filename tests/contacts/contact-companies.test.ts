import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { purgeDeleted } from '../../src/deletion/purge.ts';
import { aCompany, aContact, logOf } from '../support/factories.ts';
import { type CallOptions, type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let now = new Date('2026-11-25T10:00:00Z');
beforeAll(async () => {
  hub = await startHub({ now: () => now });
});
afterAll(() => hub.stop());

const put = (contactId: string, companyId: string, body: object, options: CallOptions = {}) =>
  hub.call('PUT', `/contacts/${contactId}/companies/${companyId}`, { body, ...options });
const remove = (contactId: string, companyId: string, options: CallOptions = {}) =>
  hub.call('DELETE', `/contacts/${contactId}/companies/${companyId}`, options);
const companiesOf = async (contactId: string, key = hub.admin.key) =>
  (await hub.call('GET', `/contacts/${contactId}/companies`, { key })).body.data;
const peopleOf = async (companyId: string, key = hub.admin.key) =>
  (await hub.call('GET', `/companies/${companyId}/contacts`, { key })).body.data;

it('gives a contact a role in several companies, another one, and takes it; each is a change of the contact', async () => {
  const [own, former, board] = [await aCompany(hub), await aCompany(hub), await aCompany(hub)];
  const contact = await aContact(hub, { companyId: own.id });
  const none = { role: null, from: null, until: null };
  expect(await companiesOf(contact.id)).toEqual([{ companyId: own.id, name: own.name, ...none, primary: true }]);
  const past = { role: 'Clerk', from: '2010-01-01', until: '2015-12-31' };
  expect(await put(contact.id, former.id, past)).toMatchObject({ status: 200, body: { companyId: own.id, version: 2 } });
  await put(contact.id, board.id, { role: 'Board', from: '2020-03-01' });
  expect((await put(contact.id, board.id, { role: 'Board', from: '2020-03-01' })).body.version).toBe(3);
  await put(contact.id, own.id, { role: 'CEO' });
  const chair = { role: 'Chair', from: '2020-03-01', until: null };
  expect((await put(contact.id, board.id, chair)).body.version).toBe(5);
  expect(await companiesOf(contact.id)).toEqual([
    { companyId: own.id, name: own.name, ...none, role: 'CEO', primary: true },
    { companyId: former.id, name: former.name, ...past, primary: false },
    { companyId: board.id, name: board.name, ...chair, primary: false },
  ]);
  expect((await remove(contact.id, board.id)).status).toBe(204);
  expect(await companiesOf(contact.id)).toHaveLength(2);
  const changes = (await logOf(hub, contact.id)).slice(1).map(({ type, data }) => [type, data.changes]);
  expect(changes).toHaveLength(5);
  expect(changes[0]).toEqual(['contact.updated', { [`companies.${former.id}`]: { from: null, to: past } }]);
  expect(changes[4]).toEqual(['contact.updated', { [`companies.${board.id}`]: { from: chair, to: null } }]);
});

it('shows a company its people of both kinds, former ones too, and finds contacts by any of their companies', async () => {
  const company = await aCompany(hub);
  const [employee, advisor, other] = [await aContact(hub, { companyId: company.id }), await aContact(hub), await aContact(hub)];
  await put(advisor.id, company.id, { role: 'Advisor', until: '2021-01-01' });
  await put(employee.id, company.id, { role: 'CFO' });
  const name = `${advisor.firstName} ${advisor.lastName}`;
  expect(await peopleOf(company.id)).toMatchObject([
    { contactId: employee.id, role: 'CFO', primary: true },
    { contactId: advisor.id, name, role: 'Advisor', from: null, until: '2021-01-01', primary: false },
  ]);
  const { body } = await hub.call('GET', `/contacts?filter[anyCompanyId]=${company.id}&sort=createdAt`);
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual([employee.id, advisor.id]);
  expect((await hub.call('GET', `/companies/${company.id}/contacts?limit=1`)).body.nextCursor).toEqual(expect.any(String));
  await hub.call('DELETE', `/contacts/${advisor.id}`);
  expect(await peopleOf(company.id)).toHaveLength(1);
  await hub.call('POST', `/contacts/${advisor.id}/restore`);
  expect(await peopleOf(company.id)).toHaveLength(2);
  expect(await companiesOf(other.id)).toEqual([]);
});

it('puts an earlier role back from the history of the contact', async () => {
  const [contact, company] = [await aContact(hub), await aCompany(hub)];
  await put(contact.id, company.id, { role: 'Buyer', from: '2020-01-01' });
  await put(contact.id, company.id, { role: 'Seller' });
  await remove(contact.id, company.id);
  const { data } = (await hub.call('GET', `/contacts/${contact.id}/history`)).body;
  const restore = (eventId: string) =>
    hub.call('POST', `/contacts/${contact.id}/history/${eventId}/restore`, { body: { field: `companies.${company.id}` } });
  expect((await restore(data[0].id)).status).toBe(200);
  expect(await companiesOf(contact.id)).toMatchObject([{ role: 'Seller' }]);
  await restore(data[1].id);
  expect(await companiesOf(contact.id)).toMatchObject([{ role: 'Buyer', from: '2020-01-01' }]);
  await restore(data[2].id);
  expect(await companiesOf(contact.id)).toEqual([]);
});

it('knows no company that is hidden from the caller, and no companies where the role hides them', async () => {
  const permissions = { contact: { read: 'all', edit: 'all' }, company: { read: 'own' } };
  await hub.call('POST', '/roles', { body: { key: 'narrow', name: 'Narrow', permissions } });
  const blind = { contact: { read: 'all', edit: 'all' }, company: { read: 'all' } };
  const fields = { contact: { companyId: 'hidden' } };
  await hub.call('POST', '/roles', { body: { key: 'blind', name: 'Blind', permissions: blind, fields } });
  const [narrow, unaware] = [await hub.aUser('narrow'), await hub.aUser('blind')];
  const [contact, hidden] = [await aContact(hub), await aCompany(hub)];
  const missing = { status: 404, body: { code: 'company_not_found' } };
  expect(await put(contact.id, hidden.id, {}, { key: narrow.key })).toMatchObject(missing);
  expect(await put(contact.id, '00000000-0000-7000-8000-000000000000', {}, { key: narrow.key })).toMatchObject(missing);
  await put(contact.id, hidden.id, { role: 'Spy' });
  expect(await companiesOf(contact.id, narrow.key)).toEqual([]);
  expect(await remove(contact.id, hidden.id, { key: narrow.key })).toMatchObject(missing);
  expect(await hub.call('GET', `/companies/${hidden.id}/contacts`, { key: narrow.key })).toMatchObject(missing);
  expect(await companiesOf(contact.id, unaware.key)).toEqual([]);
  expect(await peopleOf(hidden.id, unaware.key)).toEqual([]);
  expect((await put(contact.id, hidden.id, {}, { key: unaware.key })).status).toBe(400);
  const filtered = await hub.call('GET', `/contacts?filter[anyCompanyId]=${hidden.id}`, { key: unaware.key });
  expect(filtered).toMatchObject({ status: 400, body: { errors: [{ code: 'unknown_field' }] } });
});

it('shows a company nobody whom the caller does not see', async () => {
  const permissions = { contact: { read: 'own' }, company: { read: 'all' } };
  await hub.call('POST', '/roles', { body: { key: 'lone', name: 'Lone', permissions } });
  const lone = await hub.aUser('lone');
  const company = await aCompany(hub);
  const [hidden, own] = [await aContact(hub), await aContact(hub, { ownerId: lone.id })];
  for (const { id } of [hidden, own]) await put(id, company.id, { role: 'Advisor' });
  expect(await peopleOf(company.id, lone.key)).toMatchObject([{ contactId: own.id }]);
  expect((await hub.call('GET', `/contacts/${hidden.id}/companies`, { key: lone.key })).status).toBe(404);
});

it('refuses a stale edit, an end before its beginning, a company that is deleted, and to take what is not there', async () => {
  const [contact, company] = [await aContact(hub), await aCompany(hub)];
  await put(contact.id, company.id, { role: 'Buyer' });
  const stale = await put(contact.id, company.id, { role: 'User' }, { headers: { 'if-match': '"v1"' } });
  expect(stale).toMatchObject({ status: 412, body: { version: 2 } });
  expect(await put(contact.id, company.id, { from: '2021-02-01', until: '2021-01-31' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/until' }] },
  });
  expect((await remove(contact.id, (await aCompany(hub)).id)).status).toBe(404);
  await hub.call('DELETE', `/companies/${company.id}`);
  expect(await companiesOf(contact.id)).toEqual([]);
  expect((await put(contact.id, company.id, { role: 'User' })).status).toBe(404);
  await hub.call('POST', `/companies/${company.id}/restore`);
  expect(await companiesOf(contact.id)).toMatchObject([{ role: 'Buyer' }]);
});

it('takes the roles along when a contact or a company is purged, and leaves the other', async () => {
  const [gone, contact] = [await aContact(hub), await aContact(hub)];
  const [company, goneToo] = [await aCompany(hub), await aCompany(hub)];
  for (const [one, other] of [
    [gone, company],
    [contact, company],
    [contact, goneToo],
  ])
    await put(one.id, other.id, { role: 'Advisor' });
  await hub.call('DELETE', `/contacts/${gone.id}`);
  await hub.call('DELETE', `/companies/${goneToo.id}`);
  now = new Date(now.getTime() + 100 * 86_400_000);
  await purgeDeleted(hub.services);
  const left = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select contact_id as "contactId", company_id as "companyId" from contact_companies where contact_id in (${gone.id}, ${contact.id})`,
    ),
  );
  expect(left).toEqual([{ contactId: contact.id, companyId: company.id }]);
});

it('takes at most a hundred, and each of fifty changes in flight counts', async () => {
  const contact = await aContact(hub);
  const companies = await Promise.all(Array.from({ length: 5 }, () => aCompany(hub)));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => put(contact.id, companies[n % 5].id, { role: `R${n}` })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  const events = (await logOf(hub, contact.id)).slice(1);
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.version).toBe(1 + events.length);
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`with made as (insert into companies (id, name, search_text, created_at, updated_at)
            select gen_random_uuid(), 'C', 'c', now(), now() from generate_series(1, 95) returning id)
          insert into contact_companies (contact_id, company_id, created_at) select ${contact.id}::uuid, id, now() from made`,
    ),
  );
  const more = await put(contact.id, (await aCompany(hub)).id, { role: 'One more' });
  expect(more).toMatchObject({ status: 409, body: { code: 'too_many_companies' } });
  expect((await put(contact.id, companies[0].id, { role: 'Another' })).status).toBe(200);
});
