import { execFile } from 'node:child_process';
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fastify from 'fastify';
import pg from 'pg';
import { pino } from 'pino';
import { startPostgres } from '../bin/stack/postgres.ts';
import { createOutbound } from '../integrations/http/outbound.ts';
import { createEvaluator } from '../integrations/jsonata/evaluator.ts';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import type { RowConsumer } from '../src/consumers.ts';
import { createContact } from '../src/contacts/contacts.ts';
import { rootCause, type Services, systemActor, transact } from '../src/context.ts';
import { migrate, openDatabase } from '../src/database.ts';
import { createDialer } from '../src/dialer.ts';
import { unavailable } from '../src/errors.ts';
import { startLive } from '../src/live.ts';
import { openQueues } from '../src/queues.ts';
import { type Relay, startRelay } from '../src/relay.ts';
import { createSecrets } from '../src/secrets.ts';
import { createSource } from '../src/webhooks/sources.ts';
import { consumers } from '../workers/relay.ts';

type Report = (name: string, value: number | string, unit?: string) => void;

const rounds = 3;
const secondsPerRound = 3;
const senders = 64;
const doing = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };

/**
 * Webhooks accepted per second by the whole app against a bare handler that verifies and inserts, in turns on the same Postgres with
 * the senders in another process; and the time from a committed change to its consumer on an idle hub.
 */
export async function bench(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-bench-'));
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), log: quiet });
  try {
    await migrate(postgres.url);
    const hub = await openHub(postgres.url);
    try {
      await acceptance(hub.services, postgres.url, report);
      await latency(hub, report);
    } finally {
      await hub.close();
    }
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Hub {
  services: Services;
  setRelay(relay: Relay | undefined): void;
  close(): Promise<void>;
}

async function openHub(url: string): Promise<Hub> {
  const config = readConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' });
  const log = pino({ level: 'silent' });
  const db = await openDatabase({ url, poolSize: 10 });
  const queues = openQueues({ databaseUrl: url, redisUrl: undefined, log });
  const live = startLive({ db, log });
  const dialer = createDialer({ allowPrivateHosts: [] });
  const outbound = createOutbound({ dialer });
  const evaluator = createEvaluator();
  let relay: Relay | undefined;
  const ports = {
    log: { poke: () => relay?.poke() },
    queues,
    secrets: createSecrets([randomBytes(32).toString('base64')]),
    runs: { describe: () => Promise.reject(unavailable('workflows', 'none')) },
    live,
    dialer,
    outbound,
    evaluator,
  };
  return {
    services: { db, ports, config, log, now: () => new Date() },
    setRelay: (next) => {
      relay = next;
    },
    async close() {
      await queues.close();
      await live.stop();
      await evaluator.close();
      await outbound.close();
      await db.close();
    },
  };
}

interface Load {
  perSecond: number;
  refused: number;
  p50: number;
  p99: number;
}

async function load(url: string, secret: string, seconds = secondsPerRound): Promise<Load> {
  const script = fileURLToPath(new URL('./servers/webhook-load.ts', import.meta.url));
  const ran = await promisify(execFile)(process.execPath, [script, url, secret, String(seconds), String(senders)]);
  const result = JSON.parse(ran.stdout) as Load;
  if (result.refused > 0) throw new Error(`${result.refused} deliveries were refused`);
  return result;
}

async function acceptance(services: Services, databaseUrl: string, report: Report): Promise<void> {
  const mapping = '{ "contact": { "email": email }, "activity": { "subject": item } }';
  const source = await transact(services, doing, (ctx) => createSource(ctx, { name: 'Bench', preset: 'standard', mapping }));
  const app = await buildApp(services, { readiness: async () => ({ ready: true, engines: {} }) });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const ours = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/hooks/${source.id}`;
  const bare = await startBare(databaseUrl, source.secret);
  try {
    for (const url of [bare.url, ours]) await load(url, source.secret, 1);
    const runs: { bare: Load; ours: Load }[] = [];
    for (let round = 0; round < rounds; round++) {
      runs.push({ bare: await load(bare.url, source.secret), ours: await load(ours, source.secret) });
    }
    const of = (side: 'bare' | 'ours', field: keyof Load) => median(runs.map((run) => run[side][field]));
    report('webhook accepted', Math.round(of('ours', 'perSecond')), '/s');
    report('webhook accepted, p50', of('ours', 'p50').toFixed(1), 'ms');
    report('webhook accepted, p99', of('ours', 'p99').toFixed(1), 'ms');
    report('bare verify and insert', Math.round(of('bare', 'perSecond')), '/s');
    const ratio = median(runs.map((run) => run.ours.perSecond / run.bare.perSecond));
    report('webhook accepted of a bare verify and insert (at least 40 %)', Math.round(ratio * 100), '%');
  } finally {
    await bare.close();
    await app.close();
  }
}

/** The least that a webhook's door can do: verify the signature in constant time, insert one prepared row, answer. */
async function startBare(connectionString: string, secret: string): Promise<{ url: string; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString, max: 10 });
  await pool.query('create table bare_receipts (id uuid primary key, body bytea not null, headers jsonb not null)');
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_req, body, done) => done(null, body));
  app.post('/', async (req, reply) => {
    const body = req.body as Buffer;
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = req.headers;
    const expected = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest();
    const sent = Buffer.from(String(signature).slice(3), 'base64');
    if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return reply.code(401).send();
    const text = 'insert into bare_receipts (id, body, headers) values ($1, $2, $3)';
    const receiptId = randomUUID();
    await pool.query({ name: 'bare', text, values: [receiptId, body, JSON.stringify(req.headers)] });
    return reply.code(202).send({ receiptId });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      await app.close();
      await pool.end();
    },
  };
}

const changes = 300;

/** From the commit of a change to the call of a consumer that wants it, the other consumers running too. */
async function latency(hub: Hub, report: Report): Promise<void> {
  const arrived = new Map<string, PromiseWithResolvers<number>>();
  const probe: RowConsumer = {
    kind: 'rows',
    name: 'bench',
    types: ['contact.created'],
    history: false,
    handle: async (_ctx, event) => arrived.get(event.recordId)?.resolve(performance.now()),
  };
  const relay = await startRelay(hub.services, [...consumers, probe]);
  hub.setRelay(relay);
  const took: number[] = [];
  for (let n = 0; n < changes; n++) {
    const arrival = Promise.withResolvers<number>();
    const id = await transact(hub.services, doing, async (ctx) => {
      const contact = await createContact(ctx, { firstName: `Bench ${n}` });
      arrived.set(contact.id, arrival);
      return contact.id;
    });
    const committedAt = performance.now();
    took.push(Math.max(0, (await arrival.promise) - committedAt));
    arrived.delete(id);
  }
  hub.setRelay(undefined);
  await relay.stop();
  took.sort((a, b) => a - b);
  report('change to consumer, p50 (under 50 ms)', (took[Math.floor(changes * 0.5)] ?? 0).toFixed(1), 'ms');
  report('change to consumer, p95', (took[Math.floor(changes * 0.95)] ?? 0).toFixed(1), 'ms');
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
