import autocannon from 'autocannon';
import pg from 'pg';
import type { Report } from './run.ts';
import { startServer } from './servers/child.ts';
import { benchPostgres } from './servers/postgres.ts';

interface Facts {
  url: string;
  key?: string;
}

const seconds = Number(process.env.BENCH_SECONDS ?? 6);
const rounds = 3;

/** Create, patch, get and lists of our API against a bare Fastify handler with one prepared statement, in the same run on the same Postgres. */
export async function bench(report: Report): Promise<void> {
  const postgres = await benchPostgres();
  const bare = await startServer<Facts>('bare', { databaseUrl: postgres.url });
  const ours = await startServer<Facts>('ours', { databaseUrl: postgres.url });
  try {
    const ids = await fill(postgres.url, 10_000);
    const shots: Record<string, (facts: Facts) => autocannon.Options> = {
      'create contact + activity + event': (facts) => creating(facts),
      'patch contact': (facts) => patching(facts, ids),
      'get contact': (facts) =>
        reading(
          facts,
          ids.map((id) => `/contacts/${id}`),
        ),
      'list of 50 contacts': (facts) => reading(facts, ['/contacts']),
      'list of 50, filtered and sorted': (facts) => reading(facts, ['/contacts?filter[city]=Vienna&sort=lastName']),
    };
    for (const [name, shot] of Object.entries(shots)) {
      const ratios: number[] = [];
      const rates = { bare: 0, ours: 0 };
      for (let round = 0; round < rounds; round++) {
        const base = await fire(shot(bare.facts));
        const mine = await fire(shot(ours.facts));
        ratios.push(mine / base);
        rates.bare = Math.max(rates.bare, base);
        rates.ours = Math.max(rates.ours, mine);
      }
      report(`${name}: bare`, rates.bare, 'req/s');
      report(`${name}: ours`, rates.ours, 'req/s');
      report(`${name}: ours / bare (median of ${rounds})`, 100 * median(ratios), '%');
    }
  } finally {
    await ours.stop();
    await bare.stop();
    await postgres.stop();
  }
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Requests per second with ten connections. Throws when any request failed: a fast refusal is no result. */
async function fire(options: autocannon.Options): Promise<number> {
  const result = await autocannon({ ...options, connections: 10, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${options.url}: ${result.non2xx} refused, ${result.errors} failed`);
  return result.requests.average;
}

const headersOf = (facts: Facts) => (facts.key === undefined ? {} : { authorization: `Bearer ${facts.key}` });

let made = 0;

const firstNames =
  'Ada Grace Alan Edsger Barbara Donald Radia Niklaus Frances Tony Shafi Leslie Hedy Claude Katherine Linus'.split(' ');
const lastNames =
  'Lovelace Hopper Turing Dijkstra Liskov Knuth Perlman Wirth Allen Hoare Goldwasser Lamport Lamarr Shannon Johnson Benedict'.split(
    ' ',
  );

const cities = 'Vienna Graz Linz Salzburg Innsbruck Bregenz Eisenstadt Klagenfurt Wels Steyr'.split(' ');

/** A person with a name, address and number of their own, as real ones have: equal ones would queue up for the same index pages. */
function aPerson(n: number) {
  const firstName = `${firstNames[n % 16]} ${firstNames[(n * 7) % 16]?.slice(0, 1)}.`;
  const lastName = `${lastNames[(n * 5) % 16]}${lastNames[(n * 11 + 3) % 16]?.slice(1, 4)}`;
  const number = String((n * 7_919) % 1_000_000).padStart(6, '0');
  const email = `${lastName}.${process.pid}.${n}@example.com`;
  return { firstName, lastName, email, phone: `+44 20 79${number}`, city: cities[n % cities.length] };
}

function creating(facts: Facts): autocannon.Options {
  return {
    url: facts.url,
    requests: [
      {
        method: 'POST',
        path: `${new URL(facts.url).pathname.replace(/\/$/, '')}/contacts`,
        headers: { 'content-type': 'application/json', ...headersOf(facts) },
        setupRequest: (request) => {
          made += 1;
          const body = aPerson(made);
          return { ...request, body: JSON.stringify(body) };
        },
      },
    ],
  };
}

/** Gives one contact after the other a title. */
function patching(facts: Facts, ids: string[]): autocannon.Options {
  let next = 0;
  const prefix = new URL(facts.url).pathname.replace(/\/$/, '');
  return {
    url: facts.url,
    requests: [
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', ...headersOf(facts) },
        setupRequest: (request) => {
          next += 1;
          return {
            ...request,
            path: `${prefix}/contacts/${ids[next % ids.length]}`,
            body: JSON.stringify({ city: `City ${next}` }),
          };
        },
      },
    ],
  };
}

function reading(facts: Facts, paths: string[]): autocannon.Options {
  let next = 0;
  const prefix = new URL(facts.url).pathname.replace(/\/$/, '');
  return {
    url: facts.url,
    requests: [
      {
        method: 'GET',
        headers: headersOf(facts),
        setupRequest: (request) => ({ ...request, path: prefix + paths[next++ % paths.length] }),
      },
    ],
  };
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
