import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMailbox } from '../support/mail-corpus.ts';
import { type Command, throughline } from '../support/process.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { temporaryFolder } from '../support/servers/place.ts';
import { startPostfix, type TestPostfix } from '../support/servers/postfix.ts';
import { temporalCli } from '../support/servers/temporal.ts';
import { eventually } from '../support/wait.ts';
import { signed } from '../webhooks/senders.ts';

/** What a stranger does on the first day, through the command line and HTTP alone, with the one command `start`. */

const REP = 'rep@throughline.example';
const COUNT = 240;
const folder = temporaryFolder('first-day');
let dovecot: TestDovecot;
let postfix: TestPostfix;
let hub: Command;
let url: string;
let key: string;

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes, looked into as they come
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function start(): Promise<void> {
  const env = {
    DATA_DIR: folder,
    PORT: '0',
    LOG_LEVEL: 'warn',
    ALLOW_PRIVATE_HOSTS: '127.0.0.0/8',
    TEMPORAL_CLI: await temporalCli(),
  };
  hub = throughline(['start'], env);
  url = (await hub.prints(/Throughline is ready: (\S+)/, 120_000))[1] as string; // the pattern has one group
}

beforeAll(async () => {
  dovecot = await startDovecot({ [REP]: 'secret' });
  postfix = await startPostfix({ domains: ['throughline.example'], dovecot });
  await start();
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  await postfix?.stop();
  await dovecot?.stop();
  await rm(folder, { recursive: true, force: true });
});

const mailboxes = async () => (await call('GET', '/mailboxes')).data[0];
const mailsOf = async (contactId: string) =>
  (await call('GET', `/contacts/${contactId}/timeline?limit=200`)).data.filter(({ type }: { type: string }) => type === 'email');

it('a stranger has the admin, a key and a mailbox of 240 messages on the timelines, over a kill -9 in the middle of the import', async () => {
  const [, token] = await hub.prints(/setup\?token=(\S+)/);
  const admin = { token, name: 'Rep', email: REP, password: 'a long enough one' };
  const setup = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  });
  expect(setup.status).toBe(201);
  const cookie = String(setup.headers.get('set-cookie')).split(';')[0] as string; // a cookie always has a first part
  const headers = { cookie, origin: url, 'content-type': 'application/json' };
  const { id } = (await (await fetch(`${url}/api/v1/me`, { headers })).json()).user;
  const made = await fetch(`${url}/api/v1/keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'first day', role: 'admin', userId: id }),
  });
  key = ((await made.json()) as { key: string }).key;

  const unreadable = { folder: 'INBOX', source: Buffer.from('neither a header nor a body\r\n') };
  const corpus = [...makeMailbox({ count: COUNT - 1, seed: 5, owner: REP }), unreadable];
  for (const path of ['INBOX', 'Sent'] as const) {
    await dovecot.import(
      REP,
      corpus.filter((message) => message.folder === path).map(({ source }) => source),
      { folder: path },
    );
  }
  const server = (port: number) => ({
    host: '127.0.0.1',
    port,
    security: 'none',
    auth: { type: 'password', username: REP, password: 'secret' },
  });
  const body = { address: REP, imap: server(dovecot.ports.imap), smtp: server(postfix.ports.submission), createContacts: 'all' };
  expect(await call('POST', '/mailboxes/test', body)).toEqual({ imap: { ok: true }, smtp: { ok: true } });
  await call('POST', '/mailboxes', body);
  await eventually(async () => (await mailboxes()).import.found > 0, { intervalMs: 5 });
  await hub.end('SIGKILL');
  await start();
  const done = await eventually(async () => {
    const mailbox = await mailboxes();
    return mailbox.state === 'live' && mailbox.import.progress === 1 && mailbox.import.found === COUNT && mailbox;
  });
  const { logged, waiting, skipped, quarantined } = done.import;
  expect(logged + waiting + skipped + quarantined).toBe(COUNT);
  expect(quarantined).toBe(1);
  const contacts = (await call('GET', '/contacts?limit=200')).data as { id: string }[];
  expect(contacts.length).toBeGreaterThan(5);
  const perContact = await Promise.all(contacts.map(({ id }) => mailsOf(id)));
  const entries = new Set(perContact.flat().map((entry) => entry.id));
  const messages = new Set(perContact.flat().map((entry) => entry.messageId));
  expect(entries.size).toBe(messages.size);
  expect(entries.size).toBeGreaterThan(COUNT / 2);
});

it('a message that arrives appears, and one that is sent is seen once', async () => {
  const contact = await call('POST', '/contacts', { firstName: 'Nora', email: 'nora@client.example' });
  const source = `From: Nora <nora@client.example>\r\nTo: ${REP}\r\nSubject: Offer\r\nMessage-ID: <offer@client.example>\r\nDate: ${new Date().toUTCString()}\r\n\r\nHello\r\n`;
  await dovecot.import(REP, [Buffer.from(source)]);
  await eventually(async () => (await mailsOf(contact.id)).length === 1);

  const mailbox = await mailboxes();
  const mail = {
    mailboxId: mailbox.id,
    to: [{ address: REP }],
    cc: [{ address: 'nora@client.example' }],
    subject: 'Re: Offer',
    text: 'Thank you.',
    contactId: contact.id,
  };
  const once = { 'idempotency-key': randomUUID() };
  const sent = await call('POST', '/messages', mail, once);
  expect((await call('POST', '/messages', mail, once)).id).toBe(sent.id);
  await eventually(async () => (await call('GET', `/messages/${sent.id}`)).send.state === 'sent');
  const inSent = async () => {
    const client = await dovecot.connect(REP);
    await client.mailboxOpen('Sent');
    const found = await client.search({ header: { 'message-id': sent.headerId } });
    await client.logout();
    return found === false ? 0 : (found?.length ?? 0);
  };
  await eventually(async () => (await inSent()) === 1);
  expect((await mailsOf(contact.id)).length).toBe(2);
});

it('a signed webhook makes a contact with its activity, and a moved deal has a workflow that says what it waits for', async () => {
  const mapping = '{ "contact": { "email": email, "firstName": first }, "activity": { "subject": "Ordered " & item } }';
  const source = await call('POST', '/webhook-sources', { name: 'Shop', preset: 'standard', mapping });
  const payload = JSON.stringify({ email: 'olga@shop.example', first: 'Olga', item: 'a lathe' });
  const delivered = await fetch(`${url}/hooks/${source.id}`, {
    method: 'POST',
    headers: signed(source.secret, payload),
    body: payload,
  });
  expect(delivered.status).toBe(202);
  const olga = await eventually(async () => (await call('GET', '/contacts?filter[email]=olga@shop.example')).data[0]);
  const timeline = await call('GET', `/contacts/${olga.id}/timeline`);
  expect(timeline.data.map((entry: { subject: string }) => entry.subject)).toContain('Ordered a lathe');

  const deal = await call('POST', '/deals', { name: 'Lathe', amount: '12000', currency: 'EUR', contactId: olga.id });
  await call('PATCH', `/deals/${deal.id}/stage`, { stage: 'proposal' });
  const run = await eventually(async () => {
    const state = await call('GET', `/deals/${deal.id}/workflow`);
    return state.state === 'running' && state.engine === 'running' && state.nextAt !== null && state;
  });
  expect(run).toMatchObject({ workflowId: `deal-${deal.id}`, error: null });
});
