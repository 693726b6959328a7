import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

/** Some without an industry, some without a count, many alike: every order has ties and empties. */
const rows = Array.from({ length: 60 }, (_, n) => ({
  name: `C${String(n).padStart(2, '0')}`,
  industry: n % 3 === 0 ? null : `I${n % 4}`,
  employeeCount: n % 5 === 0 ? null : n % 7,
}));

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  for (const row of rows) await aCompany(hub, row);
});
afterAll(() => hub.stop());

interface Row {
  id: string;
  name: string;
  industry: string | null;
  employeeCount: number | null;
}

/** Every row that a walk with pages of seven meets; `between` is done after each page. */
async function walk(query: string, between: () => Promise<unknown> = async () => undefined): Promise<Row[]> {
  const met: Row[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await hub.call('GET', `/companies?limit=7&${query}${cursor && `&cursor=${cursor}`}`);
    expect(status, JSON.stringify(body)).toBe(200);
    met.push(...body.data);
    if (body.nextCursor === null) return met;
    cursor = body.nextCursor;
    await between();
  }
}

type Compare = (a: Row, b: Row) => number;
const by =
  (field: 'industry' | 'employeeCount' | 'name', way: 1 | -1): Compare =>
  (a, b) => {
    const [x, y] = [a[field], b[field]];
    if (x === y) return 0;
    if (x === null) return 1; // empty ones last, whichever way
    if (y === null) return -1;
    return (x < y ? -1 : 1) * way;
  };

it.each<[string, Compare[]]>([
  ['sort=industry', [by('industry', 1)]],
  ['sort=-industry', [by('industry', -1)]],
  ['sort=employeeCount', [by('employeeCount', 1)]],
  ['sort=-industry,employeeCount', [by('industry', -1), by('employeeCount', 1)]],
  ['sort=employeeCount,-industry,name', [by('employeeCount', 1), by('industry', -1), by('name', 1)]],
  ['sort=name,-employeeCount', [by('name', 1)]],
  ['sort=id', []],
  ['sort=-createdAt', []],
])('visits each row once in order with %s', async (query, order) => {
  const met = await walk(query);
  expect(met.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name));
  for (let n = 1; n < met.length; n++) {
    const [before, after] = [met[n - 1] as Row, met[n] as Row];
    const compared = order.map((compare) => compare(before, after)).find((way) => way !== 0) ?? 0;
    expect(compared, `${JSON.stringify(before)} before ${JSON.stringify(after)}`).toBeLessThanOrEqual(0);
  }
});

it('visits each row that was there exactly once while others write', async () => {
  for (const query of [
    'sort=id&filter[name][startsWith]=C',
    'sort=-createdAt&filter[name][startsWith]=C',
    'sort=industry&filter[name][startsWith]=C',
  ]) {
    const met = await walk(query, () => aCompany(hub, { name: 'Newcomer', industry: 'I0' }));
    expect(met.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name));
  }
});

it.each(['sort=name', 'sort=-name'])('gives the same whether an index has all of a filter or not, with %s', async (sort) => {
  for (const filter of [
    'filter[industry]=I1',
    'filter[industry][empty]=true',
    `filter[industry]=I2&filter[ownerId]=${hub.admin.id}`,
  ]) {
    const met = await walk(`${sort}&${filter}`);
    expect(met.length).toBeGreaterThan(7);
    expect(met).toEqual(await walk(`${sort}&${filter}&filter[name][startsWith]=C`));
  }
});

it('takes no cursor that was changed, made for another sort, or made up', async () => {
  const { body } = await hub.call('GET', '/companies?limit=7&sort=industry');
  const cursor: string = body.nextCursor;
  const [payload = '', signature = ''] = cursor.split('.');
  const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('I', 'J')).toString('base64url');
  for (const bad of [`${forged}.${signature}`, `${payload}.`, payload, 'x', `${payload}.${signature.slice(1)}`]) {
    const answer = await hub.call('GET', `/companies?limit=7&sort=industry&cursor=${bad}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query/cursor', code: 'invalid_cursor' }] } });
  }
  expect((await hub.call('GET', `/companies?limit=7&sort=name&cursor=${cursor}`)).status).toBe(400);
  expect((await hub.call('GET', `/companies?limit=7&sort=industry&cursor=${cursor}`)).status).toBe(200);
});
