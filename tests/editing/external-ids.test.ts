import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany, aContact, aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const put = (path: string, body: object, headers: Record<string, string> = {}) => hub.call('PUT', path, { body, headers });

it('makes the record that another system calls so, and edits it the next time', async () => {
  const made = await put('/contacts/by/erp/4711', { firstName: 'Grace', city: 'Arlington' });
  expect(made).toMatchObject({ status: 201, body: { firstName: 'Grace', version: 1 } });
  const edited = await put('/contacts/by/erp/4711', { city: 'New York' });
  expect(edited).toMatchObject({ status: 200, body: { id: made.body.id, firstName: 'Grace', city: 'New York', version: 2 } });
  expect((await logOf(hub, made.body.id)).map(({ type }) => type)).toEqual([
    'contact.created',
    'contact.identified',
    'contact.updated',
  ]);
});

it.each([
  ['companies', { name: 'Acme' }, { name: 'Acme Inc' }],
  ['deals', { name: 'Big', stage: 'proposal' }, { stage: 'negotiation', amount: '7.00' }],
  ['tasks', { title: 'Call' }, { priority: 'high' }],
  ['activities', { type: 'note', subject: 'Met' }, { type: 'note', subject: 'Met again' }],
])('does so for %s', async (path, first, second) => {
  const about = path === 'activities' ? { companyId: (await aCompany(hub)).id } : {};
  const made = await put(`/${path}/by/erp/1`, { ...first, ...about });
  expect(made).toMatchObject({ status: 201, body: first });
  const edited = await put(`/${path}/by/erp/1`, second);
  expect(edited).toMatchObject({ status: 200, body: { ...second, id: made.body.id } });
});

it('keeps the same id of two systems, and of two objects, apart', async () => {
  const ids = await Promise.all(
    ['/contacts/by/a/1', '/contacts/by/b/1'].map(async (path) => (await put(path, { firstName: 'X' })).body.id),
  );
  const company = (await put('/companies/by/a/1', { name: 'X' })).body.id;
  expect(new Set([...ids, company]).size).toBe(3);
});

it('refuses what a new record lacks, and makes nothing', async () => {
  expect(await put('/companies/by/erp/nameless', { city: 'Graz' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/name' }] },
  });
  expect(await put('/contacts/by/erp/nobody', { city: 'Graz' })).toMatchObject({ status: 400 });
  expect((await put('/companies/by/erp/nameless', { name: 'Now' })).status).toBe(201);
});

it('honours If-Match on the record that is there, and refuses it where there is none', async () => {
  await put('/contacts/by/erp/v', { firstName: 'V' });
  expect((await put('/contacts/by/erp/v', { city: 'A' }, { 'if-match': '"v1"' })).status).toBe(200);
  expect(await put('/contacts/by/erp/v', { city: 'B' }, { 'if-match': '"v1"' })).toMatchObject({ status: 412 });
  expect((await put('/contacts/by/erp/new', { firstName: 'B' }, { 'if-match': '"v1"' })).status).toBe(412);
});

it('makes one record of fifty requests in flight, and the log tells the rest as edits', async () => {
  const cities = Array.from({ length: 50 }, (_, n) => `City ${n}`);
  const answers = await Promise.all(cities.map((city) => put('/contacts/by/erp/busy', { firstName: 'Busy', city })));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 200)).toHaveLength(49);
  const ids = new Set(answers.map(({ body }) => body.id));
  expect(ids.size).toBe(1);
  const [id = ''] = ids;
  const { body: end } = await hub.call('GET', `/contacts/${id}`);
  const log = await logOf(hub, id);
  expect(end.version).toBe(50);
  expect(log.map(({ type }) => type)).toEqual(['contact.created', 'contact.identified', ...Array(49).fill('contact.updated')]);
  const told = log.flatMap(({ data }) => (data.changes?.city === undefined ? [] : [data.changes.city]));
  for (const [n, { from }] of told.entries()) expect(from).toBe(n === 0 ? null : told[n - 1].to);
  expect(told.at(-1).to).toBe(end.city);
});

it('answers 410 with the id of a record that is deleted, whose external id stays its own', async () => {
  const { id } = (await put('/companies/by/erp/gone', { name: 'Gone' })).body;
  await hub.call('DELETE', `/companies/${id}`);
  expect(await put('/companies/by/erp/gone', { name: 'Back' })).toMatchObject({
    status: 410,
    body: { code: 'company_deleted', id },
  });
});

it('answers so however the upsert is asked for', async () => {
  const { body: made } = await put('/contacts/by/erp/gone-too', { firstName: 'Gone' });
  await hub.call('DELETE', `/contacts/${made.id}`);
  const asked = await hub.call('POST', '/contacts?match=externalId&system=erp&externalId=gone-too', { body: { firstName: 'X' } });
  expect(asked).toMatchObject({ status: 410, body: { code: 'contact_deleted', id: made.id } });
  const operation = { op: 'upsert', match: { externalId: { system: 'erp', id: 'gone-too' } }, data: { firstName: 'X' } };
  const batch = await hub.call('POST', '/contacts/batch', { body: { operations: [operation] } });
  expect(batch.body.results).toMatchObject([{ status: 410, problem: { code: 'contact_deleted', id: made.id } }]);
});

it('restores a deleted record when asked to, and edits it', async () => {
  const { id } = (await put('/contacts/by/erp/back', { firstName: 'Back' })).body;
  await hub.call('DELETE', `/contacts/${id}`);
  const back = await put('/contacts/by/erp/back?restore=true', { city: 'Graz' });
  expect(back).toMatchObject({ status: 200, body: { id, firstName: 'Back', city: 'Graz' } });
  expect((await logOf(hub, id)).map(({ type }) => type).slice(2)).toEqual([
    'contact.deleted',
    'contact.restored',
    'contact.updated',
  ]);
  expect((await put('/contacts/by/erp/back?restore=true', { city: 'Linz' })).status).toBe(200);
});

it('restores it however the upsert is asked for, in the version that was read', async () => {
  const { id } = (await put('/contacts/by/erp/back-too', { firstName: 'Back' })).body;
  const remove = () => hub.call('DELETE', `/contacts/${id}`);
  const path = '/contacts?match=externalId&system=erp&externalId=back-too&restore=true';
  await remove();
  const asked = await hub.call('POST', path, { body: { firstName: 'Back', city: 'Graz' }, headers: { 'if-match': '"v2"' } });
  expect(asked).toMatchObject({ status: 200, body: { id, firstName: 'Back', city: 'Graz', version: 4 } });
  await remove();
  expect((await put('/contacts/by/erp/back-too?restore=true', { city: 'Linz' }, { 'if-match': '"v4"' })).status).toBe(412);
  const match = { externalId: { system: 'erp', id: 'back-too' } };
  const batch = (operation: object) =>
    hub.call('POST', '/contacts/batch', { body: { operations: [{ op: 'upsert', data: { city: 'Wien' }, ...operation }] } });
  expect((await batch({ match })).body.results).toMatchObject([{ status: 410 }]);
  expect((await batch({ match, restore: true })).body.results).toMatchObject([{ status: 200, id, record: { city: 'Wien' } }]);
});

it('brings nothing back for who may not delete it, and by no address', async () => {
  const permissions = { contact: { create: 'all', read: 'all', edit: 'all' } };
  await hub.call('POST', '/roles', { body: { key: 'keeper', name: 'Keeper', permissions } });
  const keeper = await hub.aUser('keeper');
  const { id } = (await put('/contacts/by/erp/kept', { firstName: 'Kept' })).body;
  await hub.call('DELETE', `/contacts/${id}`);
  const query = 'match=externalId&system=erp&externalId=kept&restore=true';
  const refused = await hub.call('POST', `/contacts?${query}`, { body: { firstName: 'X' }, key: keeper.key });
  expect(refused).toMatchObject({ status: 403, body: { permission: 'contact:delete' } });
  expect(await hub.call('POST', '/contacts?match=email&restore=true', { body: { email: 'a@b.example' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: 'query/restore', code: 'external_id_only' }] },
  });
  expect(await hub.call('POST', '/contacts?system=erp&externalId=1', { body: { firstName: 'A' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: 'query/system', code: 'external_id_only' }] },
  });
  const operation = { op: 'upsert', match: { email: 'a@b.example' }, data: { firstName: 'A' }, restore: true };
  expect((await hub.call('POST', '/contacts/batch', { body: { operations: [operation] } })).body.results).toMatchObject([
    { status: 400, problem: { errors: [{ pointer: '/operations/0/match/externalId', code: 'required' }] } },
  ]);
});

it('follows a record to the one it was merged into', async () => {
  const old = (await put('/contacts/by/erp/merged', { firstName: 'Old' })).body.id;
  const kept = (await aContact(hub)).id;
  await hub.deed((ctx) => rowsOf(ctx, SQL`update contacts set merged_into = ${kept} where id = ${old}`));
  expect(await put('/contacts/by/erp/merged', { city: 'Graz' })).toMatchObject({ status: 200, body: { id: kept, city: 'Graz' } });
});

it('shows external ids on request, takes more of them, and takes them off', async () => {
  const deal = await aDeal(hub);
  for (const id of ['2', '1']) expect((await hub.call('PUT', `/deals/${deal.id}/external-ids/shop/${id}`)).status).toBe(204);
  expect((await hub.call('PUT', `/deals/${deal.id}/external-ids/shop/1`)).status).toBe(204);
  const shown = await hub.call('GET', `/deals/${deal.id}?include=externalIds`);
  expect(shown.body.externalIds).toEqual([
    { system: 'shop', id: '1' },
    { system: 'shop', id: '2' },
  ]);
  const listed = await hub.call('GET', `/deals?filter[id]=${deal.id}&fields=id&include=externalIds,contact`);
  expect(listed.body.data).toMatchObject([{ id: deal.id, externalIds: [{ id: '1' }, { id: '2' }] }]);
  expect((await hub.call('DELETE', `/deals/${deal.id}/external-ids/shop/2`)).status).toBe(204);
  expect(await hub.call('DELETE', `/deals/${deal.id}/external-ids/shop/2`)).toMatchObject({
    status: 404,
    body: { code: 'external_id_not_found' },
  });
  expect((await logOf(hub, deal.id)).map(({ type }) => type).slice(1)).toEqual([
    'deal.identified',
    'deal.identified',
    'deal.unidentified',
  ]);
  expect((await put('/deals/by/shop/2', { name: 'Another' })).status).toBe(201);
});

it('refuses an external id that is another record, naming it to those who see it', async () => {
  const role = { key: 'own_only', name: 'Own only', permissions: { contact: { create: 'all', read: 'own', edit: 'own' } } };
  await hub.call('POST', '/roles', { body: role });
  const [one, two] = [await hub.aUser('own_only'), await hub.aUser('own_only')];
  const theirs = await aContact(hub, { key: one.key });
  const mine = await aContact(hub, { key: two.key });
  await hub.call('PUT', `/contacts/${theirs.id}/external-ids/erp/taken`, { key: one.key });
  const attach = (key: string) => hub.call('PUT', `/contacts/${mine.id}/external-ids/erp/taken`, { key });
  expect(await attach(hub.admin.key)).toMatchObject({
    status: 409,
    body: { code: 'external_id_taken', existing: { id: theirs.id, deleted: false } },
  });
  expect(await attach(two.key)).toMatchObject({ status: 409, body: { existing: null } });
  const upserted = await hub.call('PUT', '/contacts/by/erp/taken', { body: { firstName: 'Mine' }, key: two.key });
  expect(upserted).toMatchObject({ status: 409, body: { code: 'external_id_taken', existing: null } });
});

it('edits nothing that the caller may not edit', async () => {
  const rep = await hub.aRep();
  await put('/contacts/by/erp/admins', { firstName: 'Admins' });
  expect(await hub.call('PUT', '/contacts/by/erp/admins', { body: { city: 'X' }, key: rep.key })).toMatchObject({
    status: 403,
    body: { permission: 'contact:edit' },
  });
});
