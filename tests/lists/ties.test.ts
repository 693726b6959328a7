import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCursor } from '../../src/cursors.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

/** Few cities, some none, names that are not in the order in which they were made, and some alike. */
const people = Array.from({ length: 40 }, (_, n) => ({
  firstName: ['anna', 'Émile', 'Zoe', 'Bo'][n % 4],
  lastName: `L${(n * 7) % 11}`,
  city: n % 5 === 0 ? null : `City ${n % 3}`,
  state: `S${n % 2}`,
}));

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  for (const person of people) await aContact(hub, person);
});
afterAll(() => hub.stop());

interface Row {
  id: string;
  name: string;
  city: string | null;
}

async function walk(sort: string, key = hub.admin.key): Promise<Row[]> {
  const met: Row[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await hub.call('GET', `/contacts?limit=7&sort=${sort}${cursor && `&cursor=${cursor}`}`, { key });
    expect(status, JSON.stringify(body)).toBe(200);
    met.push(...body.data);
    if (body.nextCursor === null) return met;
    cursor = body.nextCursor;
  }
}

const alphabetical = new Intl.Collator('und', { numeric: true });
const citiesOf = (rows: Row[]) => [...new Set(rows.map(({ city }) => city))];
const thoseOf = (rows: Row[], city: string | null) => rows.filter((row) => row.city === city);

it.each([
  ['city', 1],
  ['-city', -1],
  ['city,state', 1],
])('has those of the same place by name, with sort=%s', async (sort, way) => {
  const met = await walk(sort);
  expect(new Set(met.map(({ id }) => id)).size).toBe(people.length);
  expect(met).toHaveLength(people.length);
  const cities = ['City 0', 'City 1', 'City 2'];
  expect(citiesOf(met)).toEqual([...(way === 1 ? cities : cities.toReversed()), null]);
  const groups =
    sort === 'city,state'
      ? met.map((row) => thoseOf(met, row.city).filter((one) => stateOf(one) === stateOf(row)))
      : citiesOf(met).map((city) => thoseOf(met, city));
  for (const group of groups) {
    const names = group.map(({ name }) => name);
    expect(names).toEqual(names.toSorted((a, b) => alphabetical.compare(a, b) * way));
  }
});

const stateOf = (row: Row): unknown => (row as Row & { state: string }).state;

it('goes by the id where that is what the caller says, or where the name is hidden from them', async () => {
  const role = { key: 'clerk', name: 'Clerk', permissions: { '*': { read: 'all' } }, fields: { contact: { name: 'hidden' } } };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const { key } = await hub.aUser('clerk');
  const byId = await walk('city,id');
  for (const city of citiesOf(byId)) {
    const ids = thoseOf(byId, city).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
  }
  expect((await walk('city', key)).map(({ id }) => id)).toEqual(byId.map(({ id }) => id));
  const { nextCursor } = (await hub.call('GET', '/contacts?limit=7&sort=city', { key })).body;
  expect(Buffer.from(nextCursor.split('.')[0], 'base64url').toString()).not.toMatch(/anna|Zoe|Bo|mile/);
});

it('refuses the cursor of a version that sorted by less', async () => {
  const { body } = await hub.call('GET', '/contacts?limit=1&sort=city');
  const old = await hub.deed(async (ctx) => makeCursor(ctx, { sort: 'city', values: ['City 0'], id: body.data[0].id }));
  const answer = await hub.call('GET', `/contacts?limit=7&sort=city&cursor=${old}`);
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query/cursor', code: 'invalid_cursor' }] } });
});
