import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageText } from '../../src/log.ts';
import { move } from '../../src/sequencer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(fill, [1, 30_000, true]);
  await client.query('vacuum analyze events');
  await client.query(fill, [30_001, 30_020, false]);
  await client.query('set plan_cache_mode = force_generic_plan');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const fill = `insert into events (id, type, record_type, record_id, at, actor_kind, correlation_id, origin, door, data, position)
  select gen_random_uuid(), 'contact.updated', 'contact', gen_random_uuid(), now(), 'system', gen_random_uuid(), 'live', '{}', '{}',
    case when $3 then n end from generate_series($1::int, $2::int) n`;

/** Pages of the database that a statement has looked at. */
async function pagesRead(text: string, values: unknown[]): Promise<number> {
  await client.query('begin');
  try {
    await client.query(`prepare looked as ${text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `explain (analyze, buffers, format json) execute looked(${values.map((value) => (value === null ? 'null' : String(value))).join(', ')})`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
    return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  } finally {
    await client.query('rollback');
    await client.query('deallocate all');
  }
}

it('places twenty events in a log of thirty thousand without looking through it', async () => {
  expect(await pagesRead(move, [30_000, 2_000])).toBeLessThan(20 * 25);
});

it('gives a consumer that lags far behind its next fifty events without reading the rest', async () => {
  expect(await pagesRead(pageText, [0, 20_000, null, true, 50])).toBeLessThan(200);
});
