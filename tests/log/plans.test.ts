import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { pageText } from '../../src/log.ts';
import { move, planning, waiting } from '../../src/sequencer.ts';
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
async function pagesRead(text: string, values: unknown[], by = client): Promise<number> {
  const args = values.length === 0 ? '' : `(${values.map((value) => (value === null ? 'null' : String(value))).join(', ')})`;
  await by.query('begin');
  try {
    await by.query(`prepare looked as ${text}`);
    const { rows } = await by.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `explain (analyze, buffers, format json) execute looked${args}`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
    return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  } finally {
    await by.query('rollback');
    await by.query('deallocate all');
  }
}

it('places twenty events in a log of thirty thousand without looking through it', async () => {
  expect(await pagesRead(move, [30_000, 2_000])).toBeLessThan(20 * 25);
});

it('places the events of an outage a batch at a time, whatever Postgres believes of their number', async () => {
  const sequencer = new pg.Client({ connectionString: database.url, options: planning });
  await sequencer.connect();
  try {
    await client.query('alter table events set (autovacuum_enabled = false)');
    await client.query(fill, [30_021, 50_000, false]);
    // Some pages for each event, and not all events for each.
    expect(await pagesRead(move, [30_000, 2_000], sequencer)).toBeLessThan(2_000 * 40);
    await client.query('analyze events');
    expect(await pagesRead(move, [30_000, 2_000], sequencer)).toBeLessThan(2_000 * 40);
    await client.query('update events set position = seq where position is null');
    // It still believes that many wait. The first to look finds the entries of those that did, and marks them, once nobody can see them.
    await vi.waitFor(async () => expect(await pagesRead(waiting, [], sequencer)).toBeLessThan(200), { timeout: 10_000 });
  } finally {
    await sequencer.end();
  }
});

it('gives a consumer that lags far behind its next fifty events without reading the rest', async () => {
  expect(await pagesRead(pageText, [0, 20_000, null, true, 50])).toBeLessThan(200);
});
