import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, aCustomField, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ jobs: {} });
});
afterAll(() => hub.stop());

const get = async (id: string) => (await hub.call('GET', `/custom-fields/${id}`)).body;
const patch = (id: string, body: object, headers = {}) => hub.call('PATCH', `/custom-fields/${id}`, { body, headers });
const built = (id: string) => eventually(async () => ((await get(id)).indexState === 'building' ? undefined : await get(id)));
const indexesOf = async (id: string) =>
  hub.deed((ctx) =>
    rowsOf<{ name: string }>(
      ctx,
      SQL`select relname as name from pg_class where relkind = 'i' and relname like ${`custom\\_%${id.replaceAll('-', '')}%`} order by 1`,
    ),
  );

it('makes, lists and changes a field, with an event each', async () => {
  const field = await aCustomField(hub, { object: 'company', name: 'tier', label: 'Tier' });
  expect(field).toMatchObject({
    object: 'company',
    name: 'tier',
    type: 'text',
    indexState: 'none',
    archivedAt: null,
    version: 1,
  });
  const listed = await hub.call('GET', '/custom-fields?object=company');
  expect(listed.body.data.map((one: { name: string }) => one.name)).toEqual(['tier']);
  expect(await patch(field.id, { label: 'Rank' }, { 'if-match': '"v1"' })).toMatchObject({
    status: 200,
    body: { label: 'Rank', version: 2 },
  });
  expect(await patch(field.id, { label: 'Stale' }, { 'if-match': '"v1"' })).toMatchObject({ status: 412 });
  expect((await logOf(hub, field.id)).map(({ type }) => type)).toEqual(['custom_field.created', 'custom_field.updated']);
});

it('refuses what does not fit: 400 with the field, 401, 403 for a rep, 404, 409 for a name that is taken', async () => {
  const make = (body: object, key?: string | null) =>
    hub.call('POST', '/custom-fields', { body, ...(key === undefined ? {} : { key }) });
  const field = { object: 'deal', name: 'fit', label: 'Fit', type: 'text' };
  expect(await make({ ...field, name: 'no good' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/name' }] } });
  expect(await make({ ...field, type: 'select' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/options' }] } });
  expect(await make({ ...field, type: 'record' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/recordType' }] } });
  expect(await make({ ...field, type: 'boolean', unique: true })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/unique' }] },
  });
  expect(await make(field, null)).toMatchObject({ status: 401 });
  const rep = await hub.aRep();
  expect(await make(field, rep.key)).toMatchObject({ status: 403, body: { permission: 'custom_field:create' } });
  expect(await hub.call('GET', '/custom-fields', { key: rep.key })).toMatchObject({ status: 200 });
  expect(await patch('01890000-0000-7000-8000-000000000000', { label: 'x' })).toMatchObject({ status: 404 });
  expect(await make(field)).toMatchObject({ status: 201 });
  expect(await make(field)).toMatchObject({
    status: 409,
    body: { code: 'custom_field_name_taken', errors: [{ pointer: '/name' }] },
  });
});

it('has a name once on each kind of record', async () => {
  const field = { name: 'twofold', label: 'Twofold', type: 'text' };
  const define = (object: string) => hub.call('POST', '/custom-fields', { body: { object, ...field } });
  for (const object of ['contact', 'company', 'deal', 'activity', 'task'])
    expect((await define(object)).status, object).toBe(201);
  expect((await define('deal')).status).toBe(409);
});

it('renames without losing a value', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'shoe' });
  const contact = await aContact(hub, { customFields: { shoe: '44' } });
  expect((await patch(field.id, { name: 'shoeSize', label: 'Shoe size' })).status).toBe(200);
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.customFields).toEqual({ shoeSize: '44' });
  expect((await hub.call('PATCH', `/contacts/${contact.id}`, { body: { customFields: { shoe: '45' } } })).status).toBe(400);
});

it('says which values would not convert, refuses while there are any, and converts when there are none', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'count' });
  const good = await aContact(hub, { customFields: { count: '1 200' } });
  const bad = await aContact(hub, { customFields: { count: 'many' } });
  const convert = (dryRun: boolean) =>
    hub.call('POST', `/custom-fields/${field.id}/convert`, { body: { type: 'number', dryRun } });
  const failures = [{ id: bad.id, value: 'many', message: 'must be a number such as 12.5' }];
  expect((await convert(true)).body).toEqual({ type: 'number', dryRun: true, converts: 1, fails: 1, failures });
  expect(await convert(false)).toMatchObject({ status: 409, body: { code: 'values_do_not_convert', failures } });
  expect((await get(field.id)).type).toBe('text');
  await hub.call('PATCH', `/contacts/${bad.id}`, { body: { customFields: { count: '7' } } });
  expect(await convert(false)).toMatchObject({ status: 200, body: { converts: 2, fails: 0 } });
  const values = await Promise.all(
    [good, bad].map(async ({ id }) => (await hub.call('GET', `/contacts/${id}`)).body.customFields.count),
  );
  expect(values).toEqual([1200, 7]);
  expect((await logOf(hub, field.id)).at(-1)).toMatchObject({
    type: 'custom_field.converted',
    data: { from: 'text', to: 'number' },
  });
});

it('archives with all values, refuses edits of them, and restores', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'old' });
  const contact = await aContact(hub, { customFields: { old: 'kept' } });
  expect((await hub.call('DELETE', `/custom-fields/${field.id}`)).status).toBe(204);
  const names = async (query: string) =>
    (await hub.call('GET', `/custom-fields?object=contact${query}`)).body.data.map((one: { name: string }) => one.name);
  expect(await names('')).not.toContain('old');
  expect(await names('&archived=true')).toContain('old');
  const write = () => hub.call('PATCH', `/contacts/${contact.id}`, { body: { customFields: { old: 'new' } } });
  expect(await write()).toMatchObject({ status: 400, body: { errors: [{ code: 'archived_custom_field' }] } });
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.customFields).toMatchObject({ old: 'kept' });
  expect((await hub.call('POST', `/custom-fields/${field.id}/restore`)).body.archivedAt).toBeNull();
  expect((await write()).status).toBe(200);
});

it('builds an index in the background, says so meanwhile, and drops it when it is no longer wanted', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'ranked', type: 'number', indexed: true });
  expect(field.indexState).toBe('building');
  expect(await built(field.id)).toMatchObject({ indexState: 'ready' });
  expect(await indexesOf(field.id)).toHaveLength(1);
  await patch(field.id, { indexed: false });
  expect(await built(field.id)).toMatchObject({ indexState: 'none' });
  expect(await indexesOf(field.id)).toEqual([]);
});

it('keeps a unique value unique however many write it at once, over live records only', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'taxNumber', unique: true });
  await built(field.id);
  const make = () => hub.call('POST', '/contacts', { body: { firstName: 'Tax', customFields: { taxNumber: 'AT1' } } });
  const answers = await Promise.all(Array.from({ length: 20 }, make));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.find(({ status }) => status !== 201);
  expect(refused).toMatchObject({
    status: 409,
    body: { errors: [{ pointer: '/customFields/taxNumber', code: 'custom_value_taken' }] },
  });
  const made = answers.find(({ status }) => status === 201)?.body.id;
  await hub.call('DELETE', `/contacts/${made}`);
  expect((await make()).status).toBe(201);
});

it('does not make a field unique whose values repeat, and names them', async () => {
  const field = await aCustomField(hub, { object: 'contact', name: 'badge' });
  const twins = [await aContact(hub, { customFields: { badge: 'B' } }), await aContact(hub, { customFields: { badge: 'B' } })];
  const refused = await patch(field.id, { unique: true });
  expect(refused).toMatchObject({ status: 409, body: { code: 'custom_field_not_unique' } });
  expect(refused.body.ids.toSorted()).toEqual(twins.map(({ id }) => id).toSorted());
});
