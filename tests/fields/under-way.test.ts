import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { buildFieldIndex } from '../../src/fields/field-index.ts';
import { aContact, aCustomField } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

/** No jobs run here: what is asked of them stays under way until a test does it. */
let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const field = async (id: string) => (await hub.call('GET', `/custom-fields/${id}`)).body;
const indexesOf = (id: string) =>
  hub.deed((ctx) =>
    rowsOf<{ name: string; valid: boolean }>(
      ctx,
      SQL`select relname as name, indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid
          where relname like ${`custom\\_%${id.replaceAll('-', '')}%`} order by 1 desc`,
    ),
  );

it('says that values repeat when they came while the index was built, and builds it anew when it is asked again', async () => {
  const { id } = await aCustomField(hub, { object: 'contact', name: 'badge', unique: true });
  const twins = [await aContact(hub, { customFields: { badge: 'B' } }), await aContact(hub, { customFields: { badge: 'B' } })];
  await buildFieldIndex(hub.services, id);
  expect(await field(id)).toMatchObject({
    unique: true,
    indexState: 'failed',
    indexError: expect.stringContaining('same value'),
  });
  expect(await indexesOf(id)).toMatchObject([{ valid: false }]);
  const ask = () => hub.call('PATCH', `/custom-fields/${id}`, { body: { unique: true } });
  expect(await ask()).toMatchObject({ status: 409, body: { code: 'custom_field_not_unique' } });
  await hub.call('PATCH', `/contacts/${twins[1].id}`, { body: { customFields: { badge: 'C' } } });
  expect(await ask()).toMatchObject({ status: 200, body: { indexState: 'building', indexError: null } });
  await buildFieldIndex(hub.services, id);
  expect(await field(id)).toMatchObject({ indexState: 'ready' });
  expect(await indexesOf(id)).toMatchObject([{ valid: true }, { valid: true }]);
  const taken = await hub.call('PATCH', `/contacts/${twins[1].id}`, { body: { customFields: { badge: 'B' } } });
  expect(taken).toMatchObject({
    status: 409,
    body: { errors: [{ pointer: '/customFields/badge', code: 'custom_value_taken' }] },
  });
});

it('keeps the index of a field that is renamed or converted true to it', async () => {
  const { id } = await aCustomField(hub, { object: 'contact', name: 'rank', indexed: true });
  await buildFieldIndex(hub.services, id);
  const [before] = await indexesOf(id);
  expect((await hub.call('PATCH', `/custom-fields/${id}`, { body: { name: 'position' } })).body.indexState).toBe('building');
  expect((await hub.call('POST', `/custom-fields/${id}/convert`, { body: { type: 'number' } })).status).toBe(200);
  await buildFieldIndex(hub.services, id);
  const after = await indexesOf(id);
  expect(after).toMatchObject([{ valid: true }]);
  expect(after[0]?.name).not.toBe(before?.name);
});

it('stores no value of the old type while a field is converted', async () => {
  const { id } = await aCustomField(hub, { object: 'contact', name: 'amount' });
  const contacts = await Promise.all(Array.from({ length: 20 }, (_, n) => aContact(hub, { customFields: { amount: `${n}` } })));
  const writes = contacts.map((contact) =>
    hub.call('PATCH', `/contacts/${contact.id}`, { body: { customFields: { amount: '100' } } }),
  );
  const converted = await hub.call('POST', `/custom-fields/${id}/convert`, { body: { type: 'number' } });
  expect(converted.status).toBe(200);
  expect((await Promise.all(writes)).every(({ status }) => status === 200 || status === 400)).toBe(true);
  const types = await hub.deed((ctx) =>
    rowsOf<{ type: string }>(
      ctx,
      SQL`select distinct jsonb_typeof(custom_fields -> 'amount') as type from contacts where jsonb_exists(custom_fields, 'amount')`,
    ),
  );
  expect(types).toEqual([{ type: 'number' }]);
});
