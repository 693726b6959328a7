import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
});
afterAll(() => hub.stop());

const titles = [
  `O'Neil`,
  String.raw`back\slash' or true --`,
  '$1 and $2::text',
  '"quoted", {braced}',
  'ünï → 名前',
  "E'\\'",
  'plain',
];

it('answers alike however often the same list is asked, whatever the values hold', async () => {
  for (const title of titles) await aContact(hub, { title, lastName: title });
  for (const [n, title] of titles.entries()) {
    const value = encodeURIComponent(title);
    const lists = [`filter[title]=${value}&sort=lastName`, `filter[lastName][startsWith]=${value}&sort=-title`];
    const list = JSON.stringify({ filter: { title: { in: [title, 'nobody has this'] } }, sort: '-createdAt' });
    for (let time = 0; time < 5; time++) {
      const answers = [
        ...(await Promise.all(lists.map((query) => hub.call('GET', `/contacts?${query}`)))),
        await hub.call('POST', '/contacts/search', { body: JSON.parse(list) }),
      ];
      for (const { body } of answers)
        expect(
          body.data.map((one: { title: string }) => one.title),
          `list ${n}, time ${time}`,
        ).toEqual([title]);
    }
  }
});

it('plans a list that is asked often once per connection, and sees what was written since', async () => {
  const path = '/contacts?filter[city]=Often&sort=firstName';
  for (let n = 0; n < 8; n++) {
    await aContact(hub, { city: 'Often', firstName: `Nth ${n}` });
    expect((await hub.call('GET', path)).body.data).toHaveLength(n + 1);
  }
  const plans = await hub.deed((ctx) =>
    rowsOf<{ statement: string }>(ctx, SQL`select statement from pg_prepared_statements where name like 'often%'`),
  );
  expect(plans.filter(({ statement }) => statement.includes(`'Often'`))).toHaveLength(1);
});

it('gives each caller their own rows, though they ask the same', async () => {
  const [one, other] = [await hub.aRep('One'), await hub.aRep('Other')];
  await hub.call('PATCH', '/settings/access', { body: { repsReadTeamOnly: true } });
  await aContact(hub, { key: one.key, city: 'Graz', lastName: 'Of one' });
  await aContact(hub, { key: other.key, city: 'Graz', lastName: 'Of the other' });
  for (let time = 0; time < 5; time++) {
    for (const [key, lastName] of [[one.key, 'Of one'] as const, [other.key, 'Of the other'] as const]) {
      const { body } = await hub.call('GET', '/contacts?filter[city]=Graz&sort=lastName', { key });
      expect(body.data.map((contact: { lastName: string }) => contact.lastName)).toEqual([lastName]);
    }
  }
});

it('asks anew when what a caller may see has changed, and for other rows, other pages and what is deleted', async () => {
  const all = { read: 'all', edit: 'all', create: 'all', delete: 'all' };
  const role = { key: 'teller', name: 'Teller', permissions: { contact: all }, fields: {} };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const { key } = await hub.aUser('teller');
  const list = async (path: string) => (await hub.call('GET', path, { key })).body;
  for (const lastName of ['A', 'B', 'C', 'D']) await aContact(hub, { city: 'Wels', lastName, phone: '+43 1 234' });
  const path = '/contacts?filter[city]=Wels&sort=lastName';
  const shown = async (query = '') => (await list(path + query)).data.map((one: { lastName: string }) => one.lastName).join('');
  for (let time = 0; time < 4; time++) {
    expect(await shown()).toBe('ABCD');
    expect(await shown('&limit=2')).toBe('AB');
    const { nextCursor, count } = await list(`${path}&limit=2&count=exact`);
    expect(count).toBe(4);
    expect(await shown(`&limit=2&cursor=${nextCursor}`)).toBe('CD');
    expect((await list('/contacts?filter[city]=Wels&limit=1')).data[0].lastName).toBe('D');
    expect((await list('/contacts/deleted?filter[city]=Wels&limit=1')).data).toEqual([]);
  }
  const [first] = (await list(path)).data;
  expect(first).toHaveProperty('phone');
  const change = (body: object) => hub.call('PATCH', '/roles/teller', { body });
  expect((await change({ fields: { contact: { phone: 'hidden' } } })).status).toBe(200);
  expect((await list(path)).data[0]).not.toHaveProperty('phone');
  expect((await hub.call('GET', `${path}&fields=phone`, { key })).status).toBe(400);
  await hub.call('DELETE', `/contacts/${first.id}`);
  expect(await shown()).toBe('BCD');
  expect((await list('/contacts/deleted?filter[city]=Wels&limit=1')).data).toHaveLength(1);
  expect((await change({ permissions: { contact: { ...all, read: 'own', edit: 'own', delete: 'own' } } })).status).toBe(200);
  expect(await shown()).toBe('');
});

it('plans the pages of a list once per connection, wherever they begin', async () => {
  const pages = async (): Promise<number> => {
    let [number, cursor] = [0, ''];
    for (; ; number++) {
      const { nextCursor } = (await hub.call('GET', `/companies?limit=50${cursor}`)).body;
      if (nextCursor === null) return number;
      cursor = `&cursor=${nextCursor}`;
    }
  };
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`insert into companies (id, name, search_text, created_at, updated_at)
          select gen_random_uuid(), 'Many ' || n, '', now() - n * interval '1 minute', now() from generate_series(1, 2000) n`,
    ),
  );
  await hub.deed((ctx) => rowsOf(ctx, SQL`analyze companies`));
  expect(await pages()).toBe(39);
  const plans = await hub.deed((ctx) =>
    rowsOf<{ custom: number; generic: number }>(
      ctx,
      SQL`select custom_plans::int as custom, generic_plans::int as generic from pg_prepared_statements where name like 'list_companies%after%'`,
    ),
  );
  expect(plans).toEqual([{ custom: 5, generic: expect.any(Number) }]);
  expect(plans[0]?.generic).toBeGreaterThan(10);
});

it('reads a query string that came before as it did then, on each list by its own rules, and refuses a bad one each time', async () => {
  for (let time = 0; time < 3; time++) {
    const query = 'filter[name]=Often%20read&limit=2';
    expect((await hub.call('GET', `/contacts?${query}`)).status).toBe(200);
    expect((await hub.call('GET', `/deals?${query}`)).status).toBe(200);
    const { status, body } = await hub.call('GET', `/users?${query}`);
    expect([status, body.errors?.[0].pointer]).toEqual([400, 'query/filter']);
    const bad = await hub.call('GET', '/contacts?limit=many&filter[name]=x');
    expect([bad.status, bad.body.errors[0].pointer]).toEqual([400, 'query/limit']);
  }
});
