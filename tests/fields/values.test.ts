import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany, aContact, aCustomField, aDeal, anActivity, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const edit = (id: string, customFields: object) => hub.call('PATCH', `/contacts/${id}`, { body: { customFields } });

it('keeps each type in one form, and names for each wrong value what would be right', async () => {
  const company = await aCompany(hub);
  const options = [
    { value: 'a', label: 'A' },
    { value: 'b', label: 'B' },
  ];
  const values: Record<string, [right: unknown, stored: unknown, wrong: unknown, says: string, settings?: object]> = {
    text: ['  red ', 'red', 4, 'text of at most 500'],
    longText: ['x'.repeat(9_000), 'x'.repeat(9_000), false, 'text of at most 10000'],
    number: [12.5, 12.5, '12.5', 'a number such as'],
    boolean: [false, false, 'no', 'true or false'],
    date: ['2026-02-28', '2026-02-28', '2026-02-30', 'a day such as'],
    datetime: ['2026-01-31T10:00:00+01:00', '2026-01-31T09:00:00.000Z', '2026-01-31', 'an ISO 8601 date-time'],
    select: ['a', 'a', 'c', 'one of a, b', { options }],
    multiselect: [['b', 'a', 'b'], ['b', 'a'], ['a', 'c'], 'a list of some of a, b', { options }],
    url: ['https://Example.com', 'https://example.com/', 'javascript:alert(1)', 'http:// or https://'],
    email: ['Ada@Example.com', 'ada@example.com', 'ada', 'an e-mail address'],
    phone: ['+43 1 234', '+43 1 234', 'x'.repeat(51), 'a phone number'],
    user: [hub.admin.id, hub.admin.id, company.id, 'the id of a user that exists'],
    record: [company.id, company.id, hub.admin.id, 'the id of a company that exists', { recordType: 'company' }],
  };
  for (const [type, [, , , , settings]] of Object.entries(values))
    await aCustomField(hub, { object: 'contact', name: `of_${type}`, type, ...settings });
  const pick = (n: 0 | 1 | 2) => Object.fromEntries(Object.entries(values).map(([type, value]) => [`of_${type}`, value[n]]));
  const contact = await aContact(hub, { customFields: pick(0) });
  expect(contact.customFields).toEqual(pick(1));
  const refused = await edit(contact.id, pick(2));
  expect(refused.status).toBe(400);
  for (const [type, [, , , says]] of Object.entries(values)) {
    const error = refused.body.errors.find(({ pointer }: { pointer: string }) => pointer === `/customFields/of_${type}`);
    expect(error?.message, type).toContain(says);
  }
});

it('refuses names that nobody has defined, and says which there are', async () => {
  await aCustomField(hub, { object: 'company', name: 'tier' });
  const refused = await hub.call('POST', '/companies', { body: { name: 'X', customFields: { teir: 'A', tier: 'B' } } });
  expect(refused).toMatchObject({ status: 400 });
  expect(refused.body.errors).toEqual([
    { pointer: '/customFields/teir', code: 'unknown_custom_field', message: 'must be one of tier' },
  ]);
});

it('merges a patch by name, null clears one, and the log tells each name of its own', async () => {
  await aCustomField(hub, { object: 'contact', name: 'colour' });
  await aCustomField(hub, { object: 'contact', name: 'size', type: 'number' });
  const contact = await aContact(hub, { customFields: { colour: 'red', size: 1 } });
  expect((await edit(contact.id, { size: 2 })).body).toMatchObject({ customFields: { colour: 'red', size: 2 }, version: 2 });
  expect((await edit(contact.id, { colour: null })).body).toMatchObject({ customFields: { size: 2 }, version: 3 });
  expect((await edit(contact.id, { size: 2, colour: '' })).body).toMatchObject({ customFields: { size: 2 }, version: 3 });
  const changes = (await logOf(hub, contact.id)).map(({ data }) => data.changes);
  expect(changes[0]).toMatchObject({ 'customFields.colour': { from: null, to: 'red' } });
  expect(changes.slice(1)).toEqual([
    { 'customFields.size': { from: 1, to: 2 } },
    { 'customFields.colour': { from: 'red', to: null } },
  ]);
});

it('asks for a required value from new records only, and does not let it be cleared', async () => {
  const before = await aDeal(hub);
  const field = await aCustomField(hub, { object: 'deal', name: 'region', required: true });
  const without = await hub.call('POST', '/deals', { body: { name: 'No region' } });
  expect(without).toMatchObject({ status: 400, body: { errors: [{ pointer: '/customFields/region', code: 'required' }] } });
  expect((await hub.call('PATCH', `/deals/${before.id}`, { body: { name: 'Older' } })).status).toBe(200);
  const deal = await aDeal(hub, { customFields: { region: 'EMEA' } });
  const cleared = await hub.call('PATCH', `/deals/${deal.id}`, { body: { customFields: { region: null } } });
  expect(cleared).toMatchObject({ status: 400, body: { errors: [{ pointer: '/customFields/region', code: 'required' }] } });
  await hub.call('PATCH', `/custom-fields/${field.id}`, { body: { required: false } });
  expect((await hub.call('POST', '/deals', { body: { name: 'Free' } })).status).toBe(201);
});

it('has them on activities and tasks too', async () => {
  await aCustomField(hub, { object: 'activity', name: 'mood' });
  await aCustomField(hub, { object: 'task', name: 'effort', type: 'number' });
  const activity = await anActivity(hub, { customFields: { mood: 'good' } });
  const task = await aTask(hub, { customFields: { effort: 3 } });
  expect([activity.customFields, task.customFields]).toEqual([{ mood: 'good' }, { effort: 3 }]);
  const bad = await hub.call('PATCH', `/activities/${activity.id}`, { body: { customFields: { mood: 7 } } });
  expect(bad).toMatchObject({ status: 400, body: { errors: [{ pointer: '/customFields/mood', code: 'invalid_value' }] } });
  const edited = await hub.call('PATCH', `/tasks/${task.id}`, { body: { customFields: { effort: null } } });
  expect(edited.body).toMatchObject({ customFields: {}, version: 2 });
});

describe('while definitions change', () => {
  it('never stores a value under a name that is renamed meanwhile', async () => {
    const field = await aCustomField(hub, { object: 'contact', name: 'before' });
    const contacts = await Promise.all(Array.from({ length: 20 }, () => aContact(hub)));
    const writes = contacts.map((contact) => edit(contact.id, { before: 'x' }));
    const renamed = hub.call('PATCH', `/custom-fields/${field.id}`, { body: { name: 'after' } });
    const statuses = (await Promise.all(writes)).map((answer) => answer.status);
    expect((await renamed).status).toBe(200);
    const [row] = await hub.deed((ctx) =>
      rowsOf<{ before: number; after: number }>(
        ctx,
        SQL`select count(*) filter (where jsonb_exists(custom_fields, 'before'))::int as before,
              count(*) filter (where jsonb_exists(custom_fields, 'after'))::int as after from contacts`,
      ),
    );
    expect(row).toEqual({ before: 0, after: statuses.filter((status) => status === 200).length });
    expect(statuses.every((status) => status === 200 || status === 400)).toBe(true);
  });
});
