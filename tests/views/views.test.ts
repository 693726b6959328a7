import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aCustomField, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let rep: { id: string; key: string };
let other: { id: string; key: string };
beforeAll(async () => {
  hub = await startHub();
  [rep, other] = await Promise.all([hub.aRep('Rita'), hub.aRep('Otto')]);
});
afterAll(() => hub.stop());

const save = (body: object, key = rep.key) =>
  hub.call('POST', '/views', { body: { object: 'contact', name: 'A view', ...body }, key });
const change = (id: string, body: object, key = rep.key) => hub.call('PATCH', `/views/${id}`, { body, key });
const get = (id: string, key: string) => hub.call('GET', `/views/${id}`, { key });

it('saves filter, sort and columns of a list, which then can be asked for as they are', async () => {
  await aCustomField(hub, { object: 'contact', name: 'tier' });
  const found = await aContact(hub, { city: 'Wien', customFields: { tier: 'A' } });
  await aContact(hub, { city: 'Wien', customFields: { tier: 'B' } });
  const question = { filter: { and: [{ city: 'Wien' }, { 'customFields.tier': 'A' }] }, sort: '-customFields.tier,lastName' };
  const saved = await save({ ...question, columns: ['name', 'city', 'customFields.tier'] });
  expect(saved).toMatchObject({
    status: 201,
    body: { ...question, access: 'private', ownerId: rep.id, isDefault: false, version: 1 },
  });
  const { filter, sort } = saved.body;
  const list = await hub.call('POST', '/contacts/search', { body: { filter, sort } });
  expect(list.body.data.map(({ id }: { id: string }) => id)).toEqual([found.id]);
  expect((await logOf(hub, saved.body.id)).map(({ type }) => type)).toEqual(['view.created']);
});

it('refuses what the object does not have, at its place', async () => {
  const pointers = async (body: object) => (await save(body)).body.errors?.map(({ pointer }: { pointer: string }) => pointer);
  expect(await pointers({ filter: { or: [{ nope: 1 }] } })).toEqual(['/filter/or/0/nope']);
  expect(await pointers({ filter: { city: { near: 'x' } } })).toEqual(['/filter/city/near']);
  expect(await pointers({ sort: 'nope' })).toEqual(['/sort']);
  expect(await pointers({ columns: ['name', 'nope'] })).toEqual(['/columns']);
  expect(await pointers({ columns: ['name', 'customFields.nope'] })).toEqual(['/columns/1']);
  expect(await pointers({ access: 'team' })).toEqual(['/teamId']);
  expect(await pointers({ nope: 1 })).toEqual(['/nope']);
});

it('is private until it is shared with a team or with all, and then changed by its owner alone', async () => {
  const team = (await hub.call('POST', '/teams', { body: { name: 'North' } })).body;
  for (const { id } of [rep, other]) await hub.call('PUT', `/teams/${team.id}/members/${id}`);
  const stranger = await hub.aRep('Sam');
  const { body: view } = await save({ name: 'Shared' });
  const seenBy = async () => Promise.all([rep, other, stranger].map(async ({ key }) => (await get(view.id, key)).status));
  expect(await seenBy()).toEqual([200, 404, 404]);
  expect((await change(view.id, { access: 'team', teamId: team.id })).status).toBe(200);
  expect(await seenBy()).toEqual([200, 200, 404]);
  expect((await change(view.id, { access: 'all', teamId: null })).status).toBe(200);
  expect(await seenBy()).toEqual([200, 200, 200]);
  expect(await change(view.id, { name: 'Mine now' }, stranger.key)).toMatchObject({
    status: 403,
    body: { permission: 'view:edit' },
  });
  expect(await hub.call('DELETE', `/views/${view.id}`, { key: stranger.key })).toMatchObject({ status: 403 });
  expect((await change(view.id, { name: 'By the admin' }, hub.admin.key)).body).toMatchObject({
    name: 'By the admin',
    version: 4,
  });
  const { body: listed } = await hub.call('GET', '/views?object=contact', { key: stranger.key });
  expect(listed.data.map(({ id }: { id: string }) => id)).toEqual([view.id]);
});

it('has one default per person and object', async () => {
  const [first, second] = [(await save({ isDefault: true, access: 'all' })).body, (await save({})).body];
  const isDefault = async (id: string, key = rep.key) => (await get(id, key)).body.isDefault;
  expect(await isDefault(first.id)).toBe(true);
  expect(await isDefault(first.id, other.key)).toBe(false);
  expect((await change(second.id, { isDefault: true })).body).toMatchObject({ isDefault: true, version: 1 });
  expect(await isDefault(first.id)).toBe(false);
  expect((await change(first.id, { isDefault: true }, other.key)).body.isDefault).toBe(true);
  expect((await change(second.id, { isDefault: false })).body.isDefault).toBe(false);
});

it('follows a custom field to its new name', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'old' });
  const { body: view } = await save({
    filter: { 'customFields.old': 'x' },
    sort: '-customFields.old',
    columns: ['customFields.old'],
  });
  expect((await hub.call('PATCH', `/custom-fields/${field.id}`, { body: { name: 'new' } })).status).toBe(200);
  expect((await get(view.id, rep.key)).body).toMatchObject({
    filter: { 'customFields.new': 'x' },
    sort: '-customFields.new',
    columns: ['customFields.new'],
  });
});

it('is deleted, and answers 401, 404 and 412 as everything does', async () => {
  const { body: view } = await save({});
  expect(await hub.call('GET', '/views', { key: null })).toMatchObject({ status: 401 });
  expect(await change(view.id, { name: 'x' }, other.key)).toMatchObject({ status: 404, body: { code: 'view_not_found' } });
  const stale = await hub.call('PATCH', `/views/${view.id}`, {
    body: { name: 'x' },
    key: rep.key,
    headers: { 'if-match': '"v7"' },
  });
  expect(stale.status).toBe(412);
  expect((await hub.call('DELETE', `/views/${view.id}`, { key: rep.key })).status).toBe(204);
  expect((await get(view.id, rep.key)).status).toBe(404);
});

it('is never private to a key that belongs to nobody, which would not see it again', async () => {
  const { key } = (await hub.call('POST', '/keys', { body: { name: 'Nobody', role: 'admin' } })).body;
  const refused = { status: 400, body: { errors: [{ pointer: '/access', code: 'no_person' }] } };
  expect(await save({}, key)).toMatchObject(refused);
  const shared = await save({ access: 'all' }, key);
  expect(shared).toMatchObject({ status: 201, body: { ownerId: null } });
  expect(await change(shared.body.id, { access: 'private' }, key)).toMatchObject(refused);
});
