import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openHub } from '../bin/hub.ts';
import { readConfig } from '../src/config.ts';
import type { RowConsumer } from '../src/consumers.ts';
import { createContact } from '../src/contacts/contacts.ts';
import { rootCause, type Services, systemActor, transact } from '../src/context.ts';
import { startRelay } from '../src/relay.ts';
import { createSecrets } from '../src/secrets.ts';
import { consumers } from '../workers/relay.ts';
import type { Report } from './run.ts';
import { startServer } from './servers/child.ts';
import { benchPostgres } from './servers/postgres.ts';

const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const rounds = 5;
const senders = 64;

/**
 * Webhooks accepted per second by the whole app against a bare handler that verifies and inserts, in turns on the same Postgres, each
 * in a process of its own; and the time from a committed change to its consumer on an idle hub.
 */
export async function bench(report: Report): Promise<void> {
  const postgres = await benchPostgres();
  try {
    await acceptance(postgres.url, report);
    await latency(postgres.url, report);
  } finally {
    await postgres.stop();
  }
}

interface Load {
  perSecond: number;
  refused: number;
  p50: number;
  p99: number;
}

async function acceptance(databaseUrl: string, report: Report): Promise<void> {
  const ours = await startServer<{ url: string; key: string }>('ours', { databaseUrl, roles: ['api'] });
  const source = await makeSource(ours.facts);
  const bare = await startServer<{ url: string }>('bare-hooks', { databaseUrl, secret: source.secret });
  try {
    for (const url of [bare.facts.url, source.url]) await load({ url, secret: source.secret, forSeconds: 1 });
    const runs: { bare: Load; ours: Load }[] = [];
    for (let round = 0; round < rounds; round++) {
      const base = await load({ url: bare.facts.url, secret: source.secret, forSeconds: seconds });
      runs.push({ bare: base, ours: await load({ url: source.url, secret: source.secret, forSeconds: seconds }) });
    }
    const of = (side: 'bare' | 'ours', field: keyof Load) => median(runs.map((run) => run[side][field]));
    for (const side of ['bare', 'ours'] as const) {
      report(`webhook accepted: ${side}`, of(side, 'perSecond'), 'req/s');
      report(`webhook accepted: ${side}, p50`, of(side, 'p50'), 'ms');
      report(`webhook accepted: ${side}, p99`, of(side, 'p99'), 'ms');
    }
    const ratio = median(runs.map((run) => run.ours.perSecond / run.bare.perSecond));
    report(`webhook accepted: ours / bare (median of ${rounds}, at least 40 %)`, 100 * ratio, '%');
  } finally {
    await bare.stop();
    await ours.stop();
  }
}

async function makeSource({ url, key }: { url: string; key: string }): Promise<{ url: string; secret: string }> {
  const mapping = '{ "contact": { "email": email }, "activity": { "subject": item } }';
  const answer = await fetch(`${url}/webhook-sources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Bench', preset: 'standard', mapping }),
  });
  if (answer.status !== 201) throw new Error(`the source was refused: ${await answer.text()}`);
  return (await answer.json()) as { url: string; secret: string };
}

/** Sends from a process of its own. Throws when any delivery was refused: a fast refusal is no result. */
async function load({ url, secret, forSeconds }: { url: string; secret: string; forSeconds: number }): Promise<Load> {
  const script = fileURLToPath(new URL('./servers/webhook-load.ts', import.meta.url));
  const ran = await promisify(execFile)(process.execPath, [script, url, secret, String(forSeconds), String(senders)]);
  const result = JSON.parse(ran.stdout) as Load;
  if (result.refused > 0) throw new Error(`${result.refused} deliveries were refused`);
  return result;
}

const changes = 300;

/** From the commit of a change to the call of a consumer that wants it, all other consumers running too. */
async function latency(databaseUrl: string, report: Report): Promise<void> {
  const config = readConfig({ DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'silent', RATE_LIMIT_ADDRESS: '1000000000' });
  const hub = await openHub({
    config,
    roles: [],
    engines: { databaseUrl, redisUrl: undefined, temporal: { address: () => undefined, state: () => 'off' } },
    secrets: createSecrets([randomBytes(32).toString('base64')]),
    host: '127.0.0.1',
    webRoot: undefined,
  });
  const { services } = hub;
  const arrivals = new Map<string, PromiseWithResolvers<number>>();
  const probe: RowConsumer = {
    kind: 'rows',
    name: 'bench',
    types: ['contact.created'],
    history: false,
    handle: async (_ctx, event) => arrivals.get(event.recordId)?.resolve(performance.now()),
  };
  const relay = await startRelay(services, [...consumers, probe]);
  const took: number[] = [];
  for (let change = 0; change < changes; change++) took.push(await timeOfOne(services, arrivals));
  await relay.stop();
  await hub.stop();
  took.sort((a, b) => a - b);
  report('change to consumer, p50 (under 50 ms)', took[Math.floor(changes * 0.5)] ?? 0, 'ms');
  report('change to consumer, p95', took[Math.floor(changes * 0.95)] ?? 0, 'ms');
}

async function timeOfOne(services: Services, arrivals: Map<string, PromiseWithResolvers<number>>): Promise<number> {
  const arrival = Promise.withResolvers<number>();
  const doing = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };
  await transact(services, doing, async (ctx) => {
    const contact = await createContact(ctx, { firstName: 'Bench' });
    arrivals.set(contact.id, arrival);
  });
  const committedAt = performance.now();
  return Math.max(0, (await arrival.promise) - committedAt);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
