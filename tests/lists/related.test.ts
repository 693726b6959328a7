import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
const run = (text: string) => hub.deed((ctx) => rowsOf<{ name: string }>(ctx, SQL.raw(text)));
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
  await run(`insert into companies (id, name, industry, search_text, created_at, updated_at)
    select gen_random_uuid(), 'Company ' || n, case when n <= 1500 then 'Food' end, '', now(), now() from generate_series(1, 6000) n`);
  await run(`insert into contacts (id, last_name, company_id, search_text, created_at, updated_at)
    select gen_random_uuid(), lpad(n::text, 5, '0'), c.id, '', now(), now() from (select id, row_number() over (order by name) as n from companies) c`);
  await run('analyze companies, contacts');
});
afterAll(() => hub.stop());

it('is right while the way that was chosen is kept, however many more or fewer related records there are meanwhile', async () => {
  const page = async () =>
    (await hub.call('GET', '/contacts?filter[company.industry]=Food&sort=lastName')).body.data.map(
      (one: { lastName: string }) => one.lastName,
    );
  const expected = async () =>
    (
      await run(`select last_name as name from contacts join companies on companies.id = company_id where industry = 'Food'
        order by last_name limit 50`)
    ).map(({ name }) => name);
  for (let time = 0; time < 5; time++) expect(await page()).toEqual(await expected());
  const plans = await run(`select statement as name from pg_prepared_statements where name like 'often%'`);
  expect(plans.some(({ name }) => name.includes('walked as') && name.includes(`'Food'`))).toBe(true);
  for (const industry of [
    `'Food'`,
    `case when name like '%77' then 'Food' end`,
    'null',
    `case when name like '%5' then 'Food' end`,
  ]) {
    await run(`update companies set industry = ${industry}`);
    expect(await page(), industry).toEqual(await expected());
  }
});
