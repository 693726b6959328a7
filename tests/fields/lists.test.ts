import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { customExpression } from '../../src/custom-fields.ts';
import { SQL } from '../../src/database.ts';
import { aContact, aCustomField } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ jobs: {} });
});
afterAll(() => hub.stop());

const names = async (query: string) =>
  (await hub.call('GET', `/contacts?${query}`)).body.data.map(({ firstName }: { firstName: string }) => firstName);

it('filters and sorts by custom fields of each kind, and by tags', async () => {
  const options = ['a', 'b', 'c'].map((value) => ({ value, label: value }));
  await aCustomField(hub, { object: 'contact', name: 'score', type: 'number' });
  await aCustomField(hub, { object: 'contact', name: 'since', type: 'datetime' });
  await aCustomField(hub, { object: 'contact', name: 'vip', type: 'boolean' });
  await aCustomField(hub, { object: 'contact', name: 'kinds', type: 'multiselect', options });
  const tag = (await hub.call('POST', '/tags', { body: { name: 'found' } })).body;
  const make = (firstName: string, customFields: object, tagIds: string[] = []) =>
    aContact(hub, { firstName, customFields, tagIds });
  await make('One', { score: 9, since: '2026-01-01T12:00:00Z', vip: true, kinds: ['a', 'b'] }, [tag.id]);
  await make('Two', { score: 10, since: '2026-02-01T12:00:00Z', vip: false, kinds: ['c'] });
  await make('Three', {});
  expect(await names('filter[customFields.score][gte]=9.5')).toEqual(['Two']);
  expect(await names('filter[customFields.score][lt]=10&sort=customFields.score')).toEqual(['One']);
  expect(await names('filter[customFields.score][empty]=false&sort=-customFields.score')).toEqual(['Two', 'One']);
  expect(await names('filter[customFields.since][gt]=2026-01-01T13:30:00%2B01:00')).toEqual(['Two']);
  expect(await names('filter[customFields.vip]=true')).toEqual(['One']);
  expect(await names('filter[customFields.kinds]=b')).toEqual(['One']);
  expect(await names(`filter[tagIds]=${tag.id}`)).toEqual(['One']);
  const unknown = await hub.call('GET', '/contacts?filter[customFields.nope]=1');
  expect(unknown).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: 'query/filter[customFields.nope]', code: 'unknown_field' }] },
  });
});

it('finds by an indexed custom field through its index, which the planner trusts to find few', async () => {
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`insert into contacts (id, first_name, custom_fields, created_at, updated_at)
          select gen_random_uuid(), 'P' || n, jsonb_build_object('rank', n, 'taxNumber', 'T' || n), now(), now() from generate_series(1, 3000) n`,
    ),
  );
  const rank = await aCustomField(hub, { object: 'contact', name: 'rank', type: 'number', indexed: true });
  const tax = await aCustomField(hub, { object: 'contact', name: 'taxNumber', unique: true });
  for (const [field, value] of [
    [rank, SQL`5::numeric`],
    [tax, SQL`'T5'::text`],
  ] as const) {
    await eventually(async () => (await hub.call('GET', `/custom-fields/${field.id}`)).body.indexState === 'ready');
    const { expression } = customExpression('contacts', field);
    const plan = await hub.deed((ctx) =>
      rowsOf<{ 'QUERY PLAN': string }>(
        ctx,
        SQL`explain select id from contacts where contacts.deleted_at is null and contacts.merged_into is null
            and ${SQL.raw(expression)} = ${value} order by contacts.created_at desc, contacts.id desc limit 2`,
      ),
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
      new RegExp(`custom_(index|unique)_${field.id.replaceAll('-', '')}`),
    );
  }
});
