import { deepStrictEqual } from 'node:assert';
import autocannon from 'autocannon';
import type { Report } from '../run.ts';

/** Where a server under measurement is, and the key that it wants. */
export interface Facts {
  url: string;
  key?: string;
}

/** Records that are there to be read and changed. */
export interface Records {
  contacts: string[];
  /** Where they live, and where those will who are made. */
  cities: string[];
  /** Lists by what they are, as paths that are asked in turn. */
  lists: Record<string, string[]>;
}

const seconds = Number(process.env.BENCH_SECONDS ?? 6);
const rounds = 3;
/** For so long a list costs more with each second less: what has just begun to be asked is not yet compiled as it will be. */
const warmUpSeconds = 8;

/**
 * Requests per second of create, patch, get and lists, ten callers at a time, of ours and of the bare handler in turn. Throws when the two do
 * not answer the same to what is read.
 */
export async function compare(report: Report, { bare, ours }: { bare: Facts; ours: Facts }, records: Records): Promise<void> {
  const shots: Record<string, (facts: Facts) => autocannon.Options> = {
    'create contact + activity + event': (facts) => creating(facts, records.cities),
    'patch contact': (facts) => patching(facts, records.contacts),
    'get contact': (facts) =>
      reading(
        facts,
        records.contacts.map((id) => `/contacts/${id}`),
      ),
  };
  for (const [name, paths] of Object.entries(records.lists)) shots[name] = (facts) => reading(facts, paths);
  for (const path of [`/contacts/${records.contacts[0]}`, ...Object.values(records.lists).flatMap(([first]) => first ?? [])])
    deepStrictEqual(await answerOf(bare, path), await answerOf(ours, path), path);
  for (const [name, shot] of Object.entries(shots)) {
    const ratios: number[] = [];
    const rates = { bare: 0, ours: 0 };
    for (const facts of [bare, ours]) await fire(shot(facts), warmUpSeconds);
    for (let round = 0; round < rounds; round++) {
      const base = await fire(shot(bare));
      const mine = await fire(shot(ours));
      ratios.push(mine / base);
      rates.bare = Math.max(rates.bare, base);
      rates.ours = Math.max(rates.ours, mine);
    }
    report(`${name}: bare`, rates.bare, 'req/s');
    report(`${name}: ours`, rates.ours, 'req/s');
    report(`${name}: ours / bare (median of ${rounds})`, 100 * median(ratios), '%');
  }
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Requests per second with ten connections. Throws when any request failed: a fast refusal is no result. */
async function fire(options: autocannon.Options, duration = seconds): Promise<number> {
  const result = await autocannon({ ...options, connections: 10, duration });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${options.url}: ${result.non2xx} refused, ${result.errors} failed`);
  return result.requests.average;
}

const headersOf = (facts: Facts) => (facts.key === undefined ? {} : { authorization: `Bearer ${facts.key}` });

/** A contact, or the contacts of a page. */
async function answerOf(facts: Facts, path: string): Promise<unknown> {
  const response = await fetch(facts.url + path, { headers: headersOf(facts) });
  if (!response.ok) throw new Error(`${facts.url}${path} answered ${response.status}: ${await response.text()}`);
  const answer = (await response.json()) as { data?: unknown };
  return answer.data ?? answer;
}

let made = 0;

const firstNames =
  'Ada Grace Alan Edsger Barbara Donald Radia Niklaus Frances Tony Shafi Leslie Hedy Claude Katherine Linus'.split(' ');
const lastNames =
  'Lovelace Hopper Turing Dijkstra Liskov Knuth Perlman Wirth Allen Hoare Goldwasser Lamport Lamarr Shannon Johnson Benedict'.split(
    ' ',
  );

const stages = ['lead', 'customer', 'subscriber', 'opportunity'];

/**
 * A person with a name, address and number of their own, as real ones have: equal ones would queue up for the same index pages. They are of
 * the stages and cities of those who are there, as evenly: else lists of one would have to pass all who were made.
 */
function aPerson(n: number, cities: readonly string[]) {
  const firstName = `${firstNames[n % 16]} ${firstNames[(n * 7) % 16]?.slice(0, 1)}.`;
  const lastName = `${lastNames[(n * 5) % 16]}${lastNames[(n * 11 + 3) % 16]?.slice(1, 4)}`;
  const number = String((n * 7_919) % 1_000_000).padStart(6, '0');
  const email = `${lastName}.${process.pid}.${n}@example.com`;
  return {
    firstName,
    lastName,
    email,
    phone: `+44 20 79${number}`,
    city: cities[(n * 7) % cities.length],
    lifecycleStage: stages[(n >> 4) % 4],
  };
}

function creating(facts: Facts, cities: readonly string[]): autocannon.Options {
  return {
    url: facts.url,
    requests: [
      {
        method: 'POST',
        path: `${new URL(facts.url).pathname.replace(/\/$/, '')}/contacts`,
        headers: { 'content-type': 'application/json', ...headersOf(facts) },
        setupRequest: (request) => {
          made += 1;
          const body = aPerson(made, cities);
          return { ...request, body: JSON.stringify(body) };
        },
      },
    ],
  };
}

/** Moves one contact after the other to another city. */
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
