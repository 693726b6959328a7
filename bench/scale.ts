import autocannon from 'autocannon';
import pg from 'pg';
import type { Report } from './run.ts';
import { compare, type Facts } from './servers/api-load.ts';
import { type ServerProcess, startServer } from './servers/child.ts';
import { type Filled, fillCrm } from './servers/fill.ts';
import { benchPostgres } from './servers/postgres.ts';

const sizes = (process.env.BENCH_SIZES ?? '10000,100000,1000000').split(',').map(Number);
const samples = Number(process.env.BENCH_SAMPLES ?? 200);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);

/**
 * What size does: reads of every kind at 10 thousand, 100 thousand and a million contacts with three activities each, a timeline of 50,000
 * entries and a board of 5,000 deals. Medians and p95 of one caller, who asks all sizes in turn, so that a machine that becomes slower is not
 * taken for a longer way; rates by those of a bare handler on the same tables; the longest statements; the process's memory after ten callers.
 */
export async function bench(report: Report): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const all: Sized[] = [];
  for (const size of sizes) all.push(await filledHub(size, stack));
  const times = await timed(all);
  for (const [at, { label }] of all.entries()) {
    for (const [name, bySize] of Object.entries(times)) {
      const [took, smallest] = [bySize[at] ?? [], bySize[0] ?? []];
      report(`${label}: ${name}, median`, quantile(took, 0.5), 'ms');
      report(`${label}: ${name}, p95`, quantile(took, 0.95), 'ms');
      report(`${label}: ${name}, median / median of the smallest size`, quantile(took, 0.5) / quantile(smallest, 0.5), 'times');
    }
  }
  for (const { label, ours, bare, filled, client } of all) {
    const lists = listsOf(filled, await cursorAt(callOf(ours.facts), '/contacts?limit=50', 20));
    const both = { bare: bare.facts, ours: ours.facts };
    await compare((name, ...value) => report(`${label}: ${name}`, ...value), both, { ...filled, cities, lists });
    await longest(client, label, report);
    report(`${label}: memory after a load of ten callers`, await loaded(ours, filled), 'MiB');
  }
}

/** A hub with so many contacts, and the bare handler on the same Postgres. */
interface Sized {
  label: string;
  ours: ServerProcess<Required<Facts>>;
  bare: ServerProcess<Facts>;
  client: pg.Client;
  filled: Filled;
}

async function filledHub(size: number, stack: AsyncDisposableStack): Promise<Sized> {
  const postgres = stack.adopt(
    await benchPostgres({ shared_preload_libraries: 'pg_stat_statements', shared_buffers: '512MB' }),
    ({ stop }) => stop(),
  );
  const databaseUrl = postgres.url;
  const ours = stack.adopt(await startServer<Required<Facts>>('ours', { databaseUrl }), (server) => server.stop());
  const bare = stack.adopt(await startServer<Facts>('bare', { databaseUrl }), (server) => server.stop());
  const client = stack.adopt(new pg.Client({ connectionString: databaseUrl }), (open) => open.end());
  await client.connect();
  const filled = await fillCrm(client, size);
  await client.query('checkpoint'); // what filling left to be written is not to be written while another size is measured
  await client.query('create extension pg_stat_statements; select pg_stat_statements_reset()');
  return { label: size.toLocaleString('en'), ours, bare, client, filled };
}

const quantile = (values: number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

type Ask = (n: number) => Promise<unknown>;

const cities = Array.from({ length: 150 }, (_, n) => `City ${n}`);

const inCities = (sort: string) =>
  cities.slice(0, 10).map((city) => `/contacts?filter[city]=${encodeURIComponent(city)}&sort=${sort}`);

/** Lists by how many of the contacts they are of; all but that of a company fill a page at every size. */
const listsOf = ({ companies }: Filled, deep: string): Record<string, string[]> => ({
  'list of 50': ['/contacts'],
  'list of 50, twenty pages in': [`/contacts?cursor=${encodeURIComponent(deep)}`],
  'list of 50, sorted, of a fourth of all': ['lead', 'customer'].map(
    (stage) => `/contacts?filter[lifecycleStage]=${stage}&sort=lastName`,
  ),
  'list of 50, by name, of one in 150': inCities('name'),
  'list of 50, by last name, of one in 150': inCities('lastName'),
  'list of 50, newest first, of one in 150': inCities('-createdAt'),
  'list, sorted, of a company': companies.slice(0, 10).map((id) => `/contacts?filter[companyId]=${id}&sort=lastName`),
});

type Call = (path: string, init?: { method?: string; body?: object }) => Promise<{ nextCursor?: string }>;

const callOf =
  ({ url, key }: Required<Facts>): Call =>
  async (path, init = {}) => {
    const { body, method = 'GET' } = init;
    const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as { nextCursor?: string });
  };

/** What one caller asks of a hub, by what it is. */
async function asksOf({ ours, filled }: Sized): Promise<Record<string, Ask>> {
  const call = callOf(ours.facts);
  const id = (n: number) => filled.contacts[(n * 37) % filled.contacts.length] ?? '';
  const deep = await cursorAt(call, '/contacts?sort=-createdAt&limit=200', 20);
  return {
    'get of a contact': (n) => call(`/contacts/${id(n)}`),
    'list of 50': () => call('/contacts'),
    'list of 50, sorted, of a fourth of all': (n) =>
      call(`/contacts?filter[lifecycleStage]=lead&sort=lastName&limit=${50 + (n % 50)}`),
    'list of 50, by name, of one in 150': (n) => call(`/contacts?filter[city]=City%20${n % 150}&sort=name`),
    'list of 50, by last name, of one in 150': (n) => call(`/contacts?filter[city]=City%20${n % 150}&sort=lastName`),
    'list of 50, newest first, of one in 150': (n) => call(`/contacts?filter[city]=City%20${n % 150}&sort=-createdAt`),
    'list, sorted, of a company': (n) => call(`/contacts?filter[companyId]=${filled.companies[n % 200]}&sort=lastName`),
    'list, sorted, of an industry': (n) => call(`/contacts?filter[company.industry]=Industry%20${n % 40}&sort=lastName`),
    'list of 50, twenty pages in': () => call(`/contacts?sort=-createdAt&limit=200&cursor=${encodeURIComponent(deep)}`),
    'list of 50, sorted by update': () => call('/contacts?sort=-updatedAt'),
    'search of a name': (n) => call(`/search?q=${encodeURIComponent(words[n % words.length] ?? '')}`),
    'search of an address': (n) => call(`/search?q=p${1 + ((n * 7919) % 9_000)}@${(n * 7919) % 5_000}.example`),
    'search of a phone number': (n) => call(`/search?q=${encodeURIComponent(`+43 1 ${1_000 + n}`)}`),
    'search with a slip': (n) => call(`/search?q=${encodeURIComponent(slips[n % slips.length] ?? '')}`),
    'timeline of 50,000 entries': () => call(`/contacts/${filled.busy}/timeline`),
    'board of 5,000 deals': () =>
      Promise.all([
        call(`/pipelines/${filled.pipeline}/summary`),
        ...filled.stages.map((stage) => call(`/deals?filter[pipelineId]=${filled.pipeline}&filter[stage]=${stage}&sort=board`)),
      ]),
    'create of a contact': (n) =>
      call('/contacts', {
        method: 'POST',
        body: { firstName: 'New', lastName: `One ${n}`, email: `new.${process.pid}.${n}@bench.example` },
      }),
    'edit of a contact': (n) => call(`/contacts/${id(n)}`, { method: 'PATCH', body: { title: `Edited ${n} ${process.pid}` } }),
  };
}

/** Milliseconds of each ask, by size. */
async function timed(all: readonly Sized[]): Promise<Record<string, number[][]>> {
  const asks = await Promise.all(all.map(asksOf));
  const times: Record<string, number[][]> = {};
  for (const name of Object.keys(asks[0] ?? {})) {
    const ask = async (at: number, n: number) => {
      const started = performance.now();
      await asks[at]?.[name]?.(n);
      return performance.now() - started;
    };
    const took = all.map(() => [] as number[]);
    for (let n = 0; n < 10; n++) for (const at of all.keys()) await ask(at, 100_000 + n);
    for (let n = 0; n < samples; n++) for (const [at, one] of took.entries()) one.push(await ask(at, n));
    times[name] = took;
  }
  return times;
}

const words = ['Lokamirentas', 'Renlo', 'Velkaka', 'tasan', 'Quikalo GmbH', 'Hagka', 'Wimlo', 'deal 42'];
const slips = ['Lokamirentsa', 'Rennlo', 'Velkakaa', 'Hagkka', 'Wimmlo'];

async function cursorAt(call: Call, path: string, pages: number): Promise<string> {
  let { nextCursor } = await call(path);
  for (let page = 1; page < pages; page++)
    ({ nextCursor } = await call(`${path}&cursor=${encodeURIComponent(nextCursor ?? '')}`));
  return nextCursor ?? '';
}

/** The statements that took longest, by Postgres's own count. */
async function longest(client: pg.Client, label: string, report: Report): Promise<void> {
  const { rows } = await client.query<{ query: string; mean: number; max: number }>(
    `select left(regexp_replace(query, '\\s+', ' ', 'g'), 90) as query, mean_exec_time as mean, max_exec_time as max from pg_stat_statements
     where query not ilike '%pg_stat%' and query !~* '^(vacuum|create|drop|insert into (contacts|companies|contact_emails|activities|activity_links|deals) \\(id)'
     order by max_exec_time desc limit 8`,
  );
  for (const [n, { query, mean, max }] of rows.entries())
    report(`${label}: longest statement ${n + 1}`, `max ${max.toFixed(1)} ms, mean ${mean.toFixed(1)} ms: ${query}`);
}

async function loaded(ours: { facts: Facts; pid: number }, filled: Filled): Promise<number> {
  let next = 0;
  const { pathname } = new URL(ours.facts.url);
  const paths = [
    '/contacts',
    `/contacts/${filled.busy}/timeline`,
    '/search?q=renlo',
    ...filled.contacts.map((id) => `/contacts/${id}`),
  ];
  const result = await autocannon({
    url: ours.facts.url,
    connections: 10,
    duration: seconds,
    requests: [
      {
        method: 'GET',
        headers: { authorization: `Bearer ${ours.facts.key}` },
        setupRequest: (request) => ({ ...request, path: pathname + (paths[next++ % paths.length] ?? '') }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  const { readFile } = await import('node:fs/promises');
  const kib = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${ours.pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1_024;
}
