import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { Secret, TOTP } from 'otpauth';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startMail } from '../../workers/mail.ts';
import { consumers } from '../../workers/relay.ts';
import { connectWorkflows } from '../../workers/runs.ts';
import { startWorkflowWorker } from '../../workers/temporal.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import { bundleCacheDir } from '../support/days.ts';
import { type Answer, type Hub, startHub } from '../support/hub.ts';
import { fill, operationsOf } from '../support/openapi.ts';
import { startInbox } from '../support/servers/inbox.ts';
import { type OpenidServer, startOpenidServer } from '../support/servers/openid.ts';
import { startRedis } from '../support/servers/redis.ts';
import { startTestTemporal } from '../support/servers/temporal.ts';
import { eventually } from '../support/wait.ts';

/** Plants a secret in every place that keeps one, then looks for each of them in whatever leaves the hub or is stored in clear. */

const origin = 'http://hub.example';
const key = randomBytes(32).toString('base64');
const stops: (() => Promise<unknown> | unknown)[] = [];
const lines: string[] = [];
/** What the API answered, save where it is to show a secret, once. */
const answers: string[] = [];
/** Secrets by what they are. */
const canaries = new Map<string, string>([['key of SECRET_KEYS', key]]);
let hub: Hub;
let openid: OpenidServer;
let redisUrl: string;
let temporalAddress: string;
const kept: Record<string, string> = {};

beforeAll(async () => {
  const [redis, temporal, inbox] = await Promise.all([startRedis(), startTestTemporal(), startInbox()]);
  stops.push(
    () => redis.stop(),
    () => temporal.stop(),
    () => inbox.stop(),
  );
  [redisUrl, temporalAddress] = [redis.url, temporal.address];
  openid = await startOpenidServer();
  stops.unshift(() => openid.stop());
  const smtpUrl = inbox.url.replace('//', `//hub:${plant('password of SMTP_URL')}@`);
  const runs = connectWorkflows({ address: () => temporalAddress, log: pino({ level: 'silent' }) });
  stops.unshift(() => runs.close());
  hub = await startHub({
    config: { publicUrl: origin, allowPrivateHosts: ['127.0.0.1'], smtpUrl, mailFrom: 'crm@hub.example' },
    jobs: { redisUrl },
    consumers: [...consumers, workflowsConsumer].filter(({ name }, at, all) => all.findIndex((one) => one.name === name) === at),
    ports: { secrets: createSecrets([key]), runs },
    logTo: { write: (line) => void lines.push(line) },
  });
  stops.unshift(() => hub.stop());
  const worker = startWorkflowWorker(hub.services, { address: () => temporalAddress, bundleCacheDir });
  stops.unshift(() => worker.stop());
  const mail = startMail(hub.services);
  stops.unshift(() => mail.stop());
  await eventually(() => inbox.mails.length >= 0);
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

function plant(what: string, secret = `canary-${randomBytes(12).toString('hex')}`): string {
  expect(secret.length, what).toBeGreaterThan(15); // anything shorter is found by chance
  canaries.set(what, secret);
  return secret;
}

/** Calls the API; what it answers may hold no secret. */
async function call(method: string, path: string, options: Parameters<Hub['call']>[2] = {}): Promise<Answer> {
  const answer = await hub.call(method, path, options);
  answers.push(`${method} ${path.split('?')[0]}: ${JSON.stringify(answer.headers)} ${JSON.stringify(answer.body)}`);
  return answer;
}
/** Calls it where it shows a secret to whom it is for. */
const shown = (method: string, path: string, options: Parameters<Hub['call']>[2] = {}) => hub.call(method, path, options);
const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']).split(';')[0] ?? '';

/** The secrets that a text has in it, in any of the forms in which it might. */
function leaksIn(text: string): string[] {
  const lower = text.toLowerCase();
  return [...canaries]
    .filter(([, secret]) => {
      const bytes = Buffer.from(secret);
      const forms = [
        secret,
        encodeURIComponent(secret),
        bytes.toString('base64').replace(/=+$/, ''),
        bytes.toString('base64url'),
      ];
      return forms.some((form) => text.includes(form)) || lower.includes(bytes.toString('hex'));
    })
    .map(([what]) => what);
}

const leaking = (texts: readonly string[]): string[] =>
  texts.filter((text) => leaksIn(text).length > 0).map((text) => `${leaksIn(text)} in ${text.slice(0, 300)}`);

async function plantAccounts(): Promise<void> {
  const password = plant('password');
  const user = await shown('POST', '/users', { body: { name: 'Carla', email: 'carla@acme.test', role: 'admin', password } });
  kept.userId = user.body.id;
  const cookie = cookieOf(await shown('POST', '/session', { key: null, body: { email: 'carla@acme.test', password } }));
  plant('session', cookie.split('=')[1]);
  await call('POST', '/session', { key: null, body: { email: 'carla@acme.test', password: plant('password that is wrong') } });
  await call('GET', '/me', { key: null, headers: { cookie: `throughline_session=${plant('session that is none')}` } });
  const as = { key: null, headers: { cookie, origin } };
  const factor = await shown('POST', '/me/second-factor', { ...as, body: { password } });
  plant('second factor', factor.body.secret);
  const code = new TOTP({ secret: Secret.fromBase32(factor.body.secret) }).generate();
  const { body } = await shown('POST', '/me/second-factor/confirm', { ...as, body: { code } });
  for (const [at, recovery] of body.recoveryCodes.entries()) plant(`recovery code ${at}`, recovery.replaceAll('-', ''));
  await call('POST', '/links/follow', { key: null, body: { token: plant('link that is none'), password } });
  await call('POST', '/password-resets', { key: null, body: { email: 'carla@acme.test' } });
}

/** `thl_<id>_<secret>`, whose secret may have a `_` too. */
const secretIn = (whole: string): string => whole.split('_').slice(2).join('_');

async function plantKeys(): Promise<void> {
  const body = { name: 'Canary', role: 'rep' };
  const made = await shown('POST', '/keys', { body, headers: { 'idempotency-key': 'keys-once' } });
  const again = await shown('POST', '/keys', { body, headers: { 'idempotency-key': 'keys-once' } });
  expect(again.body.key).toBe(made.body.key);
  plant('API key', secretIn(made.body.key));
  plant('rotated API key', secretIn((await shown('POST', `/keys/${made.body.id}/rotate`, { body: {} })).body.key));
  await call('GET', '/me', { key: made.body.key });
  await call('GET', '/me', { key: `thl_guess_${plant('API key that is none')}` });
}

async function plantConnections(): Promise<void> {
  const auth = (password: string) => ({ type: 'password', username: 'ada', password });
  const server = (password: string) => ({ host: '127.0.0.1', port: 9, security: 'none', auth: auth(password) });
  const mailbox = { address: 'ada@acme.test', imap: server(plant('IMAP password')), smtp: server(plant('SMTP password')) };
  await call('POST', '/mailboxes/test', { body: mailbox });
  kept.mailboxId = (await call('POST', '/mailboxes', { body: mailbox, headers: { 'idempotency-key': 'mailbox' } })).body.id;
  const source = await shown('POST', '/webhook-sources', {
    body: { name: 'S', preset: 'token', mapping: '{ "skip": true }', secret: plant('webhook source secret') },
  });
  kept.sourceId = source.body.id;
  await call('POST', `//hooks/${source.body.id}`, { key: canaries.get('webhook source secret') ?? '', body: '{}' });
  await call('POST', `//hooks/${source.body.id}`, { key: plant('webhook token that is wrong'), body: '{}' });
  const endpoint = await shown('POST', '/webhook-endpoints', {
    body: { url: 'http://127.0.0.1:9/', eventTypes: ['contact.created'] },
  });
  kept.endpointId = endpoint.body.id;
  plant('webhook endpoint secret', endpoint.body.secret.replace(/^whsec_/, ''));
  await call('POST', '/contacts', { body: { firstName: 'Somebody' } });
}

async function plantProvider(): Promise<void> {
  const { issuer, clientId, clientSecret } = openid;
  plant('client secret of a provider', clientSecret);
  const made = await call('POST', '/identity-providers', {
    body: { key: 'acme', name: 'Acme', issuer, clientId, clientSecret, allowedDomains: ['acme.test'], defaultRole: 'rep' },
  });
  kept.providerId = made.body.id;
  openid.leadTo(made.body.redirectUri);
  openid.people.set('carl', { email: 'carl@acme.test', email_verified: true });
  for (const spoil of [(query: string) => query, (query: string) => query.replace(/state=\w/, 'state=')]) {
    const begun = await call('POST', '/session/provider/acme', { key: null });
    const query = await openid.visit(begun.body.url, 'carl');
    const options = { key: null, body: { query: spoil(query) }, headers: { cookie: cookieOf(begun), origin } };
    plant(`code of a provider, ${canaries.size}`, new URLSearchParams(query).get('code') ?? '');
    await call('GET', `//sign-in/provider/acme${query}`, { key: null }); // as the browser does before
    await shown('POST', '/session/provider/acme/finish', options);
  }
}

it('shows a secret to whom it is for, and leaves none in a log, row, event, job, run, error or answer', async () => {
  await plantAccounts();
  await plantKeys();
  await plantConnections();
  await plantProvider();
  const { body: deal } = await call('POST', '/deals', { body: { name: 'Watched' } });
  await eventually(async () => (await call('GET', `/deals/${deal.id}/workflow`)).body.state === 'running');
  await eventually(async () => (await call('GET', `/mailboxes/${kept.mailboxId}`)).body.error !== null);
  await eventually(async () => (await call('GET', `/webhook-endpoints/${kept.endpointId}/deliveries`)).body.data.length > 0);
  await readEverything();
  expect(canaries.size).toBeGreaterThan(25);
  expect(answers.length).toBeGreaterThan(80);
  expect(leaking(answers)).toEqual([]);
  expect(lines.length).toBeGreaterThan(80);
  expect(leaking(lines)).toEqual([]);
  const places = { ...(await rowsOfEveryTable()), ...(await everythingInRedis()), ...(await historiesOfRuns()) };
  expect(Object.keys(places)).toEqual(expect.arrayContaining(['public.events', 'public.jobs', 'redis', 'temporal']));
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(place === 'redis' || place === 'temporal' ? 500 : -1);
    expect(leaksIn(text), place).toEqual([]);
  }
});

it('finds what it looks for: a secret in clear, in hex, in base64 and in an address', () => {
  const secret = canaries.get('password') ?? '';
  for (const text of [
    secret,
    Buffer.from(secret).toString('hex').toUpperCase(),
    `x${btoa(secret)}`,
    `?p=${encodeURIComponent(secret)}`,
  ])
    expect(leaksIn(`before ${text} after`)).toEqual(['password']);
});

/** Every GET there is, on the records that were made where there is one. */
async function readEverything(): Promise<void> {
  const ids: Record<string, string | undefined> = {
    users: kept.userId,
    mailboxes: kept.mailboxId,
    'webhook-sources': kept.sourceId,
    'webhook-endpoints': kept.endpointId,
    'identity-providers': kept.providerId,
  };
  const nobody = '0190a0a0-0000-7000-8000-000000000001';
  for (const { method, path } of operationsOf(hub.app, new Set())) {
    if (method !== 'GET' || path.endsWith('/stream')) continue;
    await call('GET', `/${fill(path, ids[path.split('/')[3] ?? ''] ?? nobody)}`);
  }
}

/** The text of every row, those of the queues in Postgres too; bytes are in hex. */
const rowsOfEveryTable = (): Promise<Record<string, string>> =>
  hub.deed(async (ctx) => {
    const tables = await rowsOf<{ name: string }>(
      ctx,
      SQL`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await rowsOf<{ text: string }>(
        ctx,
        SQL`select coalesce(string_agg(t::text, E'\n'), '') as text from ${SQL.raw(name)} t`,
      );
      texts[name] = row?.text ?? '';
    }
    return texts;
  });

async function everythingInRedis(): Promise<Record<string, string>> {
  const redis = new Redis(redisUrl);
  try {
    const names = await redis.keys('*');
    const dumps = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    // Short strings are stored as they are; longer ones would be compressed, so hashes and streams are read out too.
    const hashes = await Promise.all(names.map((name) => redis.hgetall(name).catch(() => ({}))));
    const streams = await Promise.all(names.map((name) => redis.xrange(name, '-', '+').catch(() => [])));
    return { redis: [...names, ...dumps.map((dump) => dump?.toString('latin1')), JSON.stringify([hashes, streams])].join('\n') };
  } finally {
    redis.disconnect();
  }
}

async function historiesOfRuns(): Promise<Record<string, string>> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const { workflow } = new Client({ connection });
    const texts: string[] = [];
    for await (const { workflowId } of workflow.list())
      texts.push(JSON.stringify(await workflow.getHandle(workflowId).fetchHistory()));
    return { temporal: decodedPayloads(texts.join('\n')) };
  } finally {
    await connection.close();
  }
}

/** Payloads are base64 of JSON: their text beside them. */
const decodedPayloads = (text: string): string =>
  `${text}\n${[...text.matchAll(/"data":"([\w+/=]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString()).join('\n')}`;
