import pg from 'pg';
import type { Report } from './run.ts';
import { compare, type Facts } from './servers/api-load.ts';
import { startServer } from './servers/child.ts';
import { benchPostgres } from './servers/postgres.ts';

const cities = 'Vienna Graz Linz Salzburg Innsbruck Bregenz Eisenstadt Klagenfurt Wels Steyr'.split(' ');

/** Create, patch, get and lists of our API against a bare Fastify handler with one prepared statement, in the same run on the same Postgres. */
export async function bench(report: Report): Promise<void> {
  const postgres = await benchPostgres();
  const bare = await startServer<Facts>('bare', { databaseUrl: postgres.url });
  const ours = await startServer<Facts>('ours', { databaseUrl: postgres.url });
  try {
    const contacts = await fill(postgres.url, 10_000);
    const lists = {
      'list of 50 contacts': ['/contacts'],
      'list of 50, filtered and sorted': cities.map((city) => `/contacts?filter[city]=${city}&sort=lastName`),
    };
    await compare(report, { bare: bare.facts, ours: ours.facts }, { contacts, cities, lists });
  } finally {
    await ours.stop();
    await bare.stop();
    await postgres.stop();
  }
}

/** Fills the table with plausible contacts and gives some of their ids. */
async function fill(databaseUrl: string, count: number): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `insert into contacts (id, first_name, last_name, email, phone, city, title, search_text, created_at, updated_at)
     select gen_random_uuid(), 'First ' || n, 'Last ' || n, 'p' || n || '@example.com', '+1 555 ' || n, ($2::text[])[1 + n % 10], 'Engineer',
       'first ' || n || ' last ' || n, now() - n * interval '1 minute', now() from generate_series(1, $1) as n`,
    [count, cities],
  );
  await client.query('vacuum analyze contacts');
  const { rows } = await client.query<{ id: string }>('select id from contacts limit 1000');
  await client.end();
  return rows.map((row) => row.id);
}
