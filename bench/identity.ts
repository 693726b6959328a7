import autocannon from 'autocannon';
import pg from 'pg';
import type { Report } from './run.ts';
import { startServer } from './servers/child.ts';
import { benchPostgres } from './servers/postgres.ts';

interface Facts {
  url: string;
  key: string;
  keyCheckUs: number;
}

const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const rounds = 3;
const contacts = Number(process.env.BENCH_CONTACTS ?? 1_000_000);
const people = 500;
const inTeam = 20;

/**
 * What rights cost: a list of 50 of a million contacts, for an admin and for a rep who reads only what is their team's (20 of 500 people),
 * and the check of a key in front of a get.
 */
export async function bench(report: Report): Promise<void> {
  const postgres = await benchPostgres();
  const ours = await startServer<Facts>('ours', { databaseUrl: postgres.url });
  try {
    const { admin, rep, id, hiddenTeam } = await organise(postgres.url, ours.facts);
    const spread = await compare(ours.facts.url, '/contacts', [rep, admin]);
    report('list of 50: admin', spread.rates[1] ?? 0, 'req/s');
    report('list of 50: rep in a team of 20', spread.rates[0] ?? 0, 'req/s');
    report('list of 50: time of the rep / time of the admin', 1 / spread.ratio, 'times');
    const far = await compare(ours.facts.url, '/contacts', [hiddenTeam, admin]);
    report('list of 50: a team whose contacts are the oldest / admin', 1 / far.ratio, 'times');
    const get = await compare(ours.facts.url, `/contacts/${id}`, [rep, admin]);
    report('get of a contact: time of the rep / time of the admin', 1 / get.ratio, 'times');
    report('check of a key', ours.facts.keyCheckUs, 'us');
    report('check of a key / time between two gets', (ours.facts.keyCheckUs * (get.rates[1] ?? 0)) / 10_000, '%');
  } finally {
    await ours.stop();
    await postgres.stop();
  }
}

interface Compared {
  rates: number[];
  /** Rate of the first by that of the second, the median of the rounds. */
  ratio: number;
}

async function compare(url: string, path: string, keys: [string, string]): Promise<Compared> {
  const rates = [0, 0];
  const ratios: number[] = [];
  for (const key of keys) await fire(url, path, key); // what has just begun is not yet compiled as it will be
  for (let round = 0; round < rounds; round++) {
    const now = [await fire(url, path, keys[0]), await fire(url, path, keys[1])] as const;
    now.forEach((rate, n) => {
      rates[n] = Math.max(rates[n] ?? 0, rate);
    });
    ratios.push(now[0] / now[1]);
  }
  return { rates, ratio: ratios.toSorted((a, b) => a - b)[rounds >> 1] ?? 0 };
}

async function fire(url: string, path: string, key: string): Promise<number> {
  const result = await autocannon({
    url: `${url}${path}`,
    headers: { authorization: `Bearer ${key}` },
    connections: 10,
    duration: seconds,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${path}: ${result.non2xx} refused, ${result.errors} failed`);
  return result.requests.average;
}

/** Makes people, two teams and the contacts; one team's contacts are older than everybody else's. */
async function organise(databaseUrl: string, { url, key }: Facts) {
  const call = async (method: string, path: string, body: object) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { id: string; key: string };
  };
  await call('PATCH', '/settings/access', { repsReadTeamOnly: true });
  const teams = [await call('POST', '/teams', { name: 'Spread' }), await call('POST', '/teams', { name: 'Old' })];
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // the query that failed says why
  await client.connect();
  await client.query(
    `insert into users (id, email, name, role_key, created_at, updated_at)
     select gen_random_uuid(), 'user' || n || '@bench.test', 'User ' || n, 'rep', now(), now() from generate_series(1, $1) as n`,
    [people],
  );
  const { rows } = await client.query<{ id: string }>(
    "select id from users where email like 'user%@bench.test' order by length(email), email",
  );
  const ids = rows.map((row) => row.id);
  for (const [n, team] of teams.entries())
    await client.query('insert into team_members select $1, unnest($2::uuid[])', [
      team.id,
      ids.slice(n * inTeam, (n + 1) * inTeam),
    ]);
  // A million rows into thirty indexes take minutes; thirty indexes over a million rows take one.
  const indexes = await client.query<{ name: string; def: string }>(
    "select indexname as name, indexdef as def from pg_indexes where tablename = 'contacts' and indexname <> 'contacts_pkey'",
  );
  for (const { name } of indexes.rows) await client.query(`drop index ${name}`);
  const others = ids.filter((_, n) => n < inTeam || n >= 2 * inTeam);
  await client.query(
    `insert into contacts (id, first_name, last_name, email, phone, city, title, owner_id, search_text, created_at, updated_at)
     select gen_random_uuid(), 'First ' || n, 'Last ' || n, 'p' || n || '@example.com', '+1 555 ' || n, 'Vienna', 'Engineer',
       case when n <= 2000 then ($2::uuid[])[1 + n % array_length($2::uuid[], 1)]
         else ($3::uuid[])[1 + (n::bigint * 7919) % array_length($3::uuid[], 1)] end,
       '', now() - ($1 - n) * interval '1 minute', now() from generate_series(1, $1) as n`,
    [contacts, ids.slice(inTeam, 2 * inTeam), others],
  );
  for (const { def } of indexes.rows) await client.query(def);
  await client.query('vacuum analyze contacts');
  await client.query('analyze');
  const sample = await client.query<{ id: string }>('select id from contacts where owner_id = $1 limit 1', [ids[0]]);
  await client.end();
  const keyOf = async (userId: string | undefined, name: string) => (await call('POST', '/keys', { name, userId })).key;
  return {
    admin: key,
    rep: await keyOf(ids[0], 'rep'),
    hiddenTeam: await keyOf(ids[inTeam], 'old'),
    id: sample.rows[0]?.id ?? '',
  };
}
