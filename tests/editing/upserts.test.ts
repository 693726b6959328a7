import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aCustomField, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  await aCustomField(hub, { object: 'contact', name: 'taxNumber', unique: true });
  await aCustomField(hub, { object: 'contact', name: 'color' });
});
afterAll(() => hub.stop());

const post = (path: string, body: object) => hub.call('POST', path, { body });

it('edits the contact who has the address, in whatever spelling, and leaves the address as it is', async () => {
  const first = await post('/contacts?match=email', { email: 'Ada@Lovelace.example', firstName: 'Ada' });
  expect(first).toMatchObject({ status: 201, body: { email: 'Ada@Lovelace.example' } });
  const second = await post('/contacts?match=email', { email: 'ada@lovelace.EXAMPLE', title: 'Countess' });
  expect(second).toMatchObject({
    status: 200,
    body: { id: first.body.id, email: 'Ada@Lovelace.example', firstName: 'Ada', title: 'Countess', version: 2 },
  });
});

it('offers the restore of a deleted record that had the address or the domain of the one that it makes', async () => {
  for (const [path, key, body] of [
    ['contacts', 'email', { firstName: 'Twice', email: 'twice@upsert.example' }],
    ['companies', 'domain', { name: 'Twice', domain: 'twice-upsert.example' }],
  ] as const) {
    const { body: gone } = await post(`/${path}`, body);
    await hub.call('DELETE', `/${path}/${gone.id}`);
    const made = await post(`/${path}?match=${key}`, body);
    expect(made, path).toMatchObject({ status: 201, body: { restorable: { id: gone.id, name: 'Twice' } } });
    expect((await post(`/${path}?match=${key}`, body)).body).not.toHaveProperty('restorable');
  }
});

it('finds a contact by either of their phones', async () => {
  const { body } = await post('/contacts', { firstName: 'Phoebe', mobile: '+43 664 1234567' });
  const found = await post('/contacts?match=phone', { phone: '+436641234567', city: 'Wien' });
  expect(found).toMatchObject({ status: 200, body: { id: body.id, city: 'Wien', phone: null } });
});

it('refuses to guess between several, and lists them', async () => {
  const ids = [];
  for (const firstName of ['A', 'B']) ids.push((await post('/contacts', { firstName, phone: '+43 1 5880000' })).body.id);
  expect(await post('/contacts?match=phone', { phone: '+43 1 5880000', city: 'Wien' })).toMatchObject({
    status: 409,
    body: { code: 'several_match', matches: ids.map((id, n) => ({ id, name: 'AB'[n] })) },
  });
});

it('finds a contact by a unique custom field, and by no other', async () => {
  const body = { firstName: 'Tax', customFields: { taxNumber: 'T-1' } };
  const first = await post('/contacts?match=customFields.taxNumber', body);
  const second = await post('/contacts?match=customFields.taxNumber', { ...body, city: 'Linz' });
  expect(second).toMatchObject({ status: 200, body: { id: first.body.id, city: 'Linz' } });
  expect(await post('/contacts?match=customFields.color', { firstName: 'X', customFields: { color: 'red' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/customFields/color', code: 'unknown_match' }] },
  });
});

it('finds a record by an external id beside the body', async () => {
  const path = '/companies?match=externalId&system=erp&externalId=9';
  const first = await post(path, { name: 'Nine' });
  expect(first.status).toBe(201);
  expect(await post(path, { name: 'Nine AG' })).toMatchObject({ status: 200, body: { id: first.body.id, name: 'Nine AG' } });
});

it('finds a company by its domain, in whatever form it is typed', async () => {
  const first = await post('/companies?match=domain', { name: 'Acme', domain: 'acme.example' });
  const second = await post('/companies?match=domain', { name: 'Acme', domain: 'https://www.ACME.example/about', city: 'Graz' });
  expect(second).toMatchObject({ status: 200, body: { id: first.body.id, domain: 'acme.example', city: 'Graz' } });
});

it.each([
  ['/contacts?match=email', { firstName: 'x' }, '/email'],
  ['/contacts?match=customFields.taxNumber', { firstName: 'x' }, '/customFields/taxNumber'],
  ['/contacts?match=phone', { phone: '0664 123' }, '/phone'],
  ['/contacts?match=domain', { firstName: 'x' }, 'query/match'],
  ['/contacts?match=externalId&system=erp', { firstName: 'x' }, 'query/externalId'],
  ['/companies?match=domain', { name: 'x', domain: '/' }, '/domain'],
])('refuses %s %j at %s', async (path, body, pointer) => {
  expect(await post(path, body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
});

it('does not see contacts that are hidden from the caller', async () => {
  const role = { key: 'lone', name: 'Lone', permissions: { contact: { create: 'all', read: 'own', edit: 'own' } } };
  await hub.call('POST', '/roles', { body: role });
  const lone = await hub.aUser('lone');
  const { email, id } = await aContact(hub, { phone: '+43 1 9990000' });
  const by = (match: string, body: object) => hub.call('POST', `/contacts?match=${match}`, { body, key: lone.key });
  expect(await by('email', { email, city: 'X' })).toMatchObject({ status: 409, body: { existing: null } });
  const own = await by('phone', { phone: '+43 1 9990000' });
  expect(own.status).toBe(201);
  expect(own.body.id).not.toBe(id);
});

it('makes one contact of fifty requests in flight for a phone, which nothing else makes unique', async () => {
  const all = Array.from({ length: 50 }, (_, n) => post('/contacts?match=phone', { phone: '+43 1 7770000', city: `${n}` }));
  const answers = await Promise.all(all);
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(49).fill(200), 201]);
  const ids = new Set(answers.map(({ body }) => body.id));
  expect(ids.size).toBe(1);
  expect(await logOf(hub, [...ids][0])).toHaveLength(50);
});
