import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lateMailConsumer } from '../../src/email/late-mail.ts';
import { webhooksConsumer } from '../../src/webhooks/outbox.ts';
import { startMail } from '../../workers/mail.ts';
import { connectWorkflows } from '../../workers/runs.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import { bundleCacheDir } from '../support/days.ts';
import { foundEverywhere } from '../support/everywhere.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { startTestTemporal } from '../support/servers/temporal.ts';
import { eventually } from '../support/wait.ts';
import { aSource, deliver, processed } from '../webhooks/senders.ts';
import { aLife, CANARY, canaries, itsMail, itsWebhooks, OTHER, REP } from './a-life.ts';
import { aMail } from './mailing.ts';

let hub: Hub;
let dovecot: TestDovecot;
let temporal: Awaited<ReturnType<typeof startTestTemporal>>;
let runs: ReturnType<typeof connectWorkflows>;
let mail: { stop(): Promise<void> };
let worker: ChildProcess;
let contactId: string;
let dealId: string;
let ottoId: string;

beforeAll(async () => {
  [dovecot, temporal] = await Promise.all([startDovecot({ [REP]: 'secret' }), startTestTemporal()]);
  runs = connectWorkflows({ address: () => temporal.address, log: pino({ level: 'silent' }) });
  hub = await startHub({ consumers: [workflowsConsumer, lateMailConsumer, webhooksConsumer], ports: { runs }, jobs: {} });
  mail = startMail(hub.services);
  worker = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../support/workflow-worker.ts'),
      hub.database.url,
      temporal.address,
      bundleCacheDir,
      hub.secretKey,
      hub.filesFolder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
});
afterAll(async () => {
  worker?.kill('SIGKILL');
  await mail?.stop();
  await hub?.stop();
  await runs?.close();
  await temporal?.stop();
  await dovecot?.stop();
});

/** What the files of the store hold. */
const storedFiles = (): string[] =>
  readdirSync(hub.filesFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

const erased = (id: string) =>
  eventually(async () => {
    const { body } = await hub.call('GET', `/erasures/${id}`);
    if (body.state !== 'done') throw new Error(JSON.stringify(body));
    return body;
  });

it('erases a person from every table, and leaves the totals and what concerns others', async () => {
  ({ contactId, dealId, ottoId } = await aLife(hub));
  await itsMail(hub, dovecot, contactId);
  await itsWebhooks(hub);
  const before = new Set((await foundEverywhere(hub, canaries)).map(({ place }) => place));
  for (const place of [
    'contacts.email',
    'events.data',
    'messages.text',
    'webhook_receipts.body',
    'outgoing_messages.draft',
    'mail_ledger.sender',
    'views.filter',
    'notifications.subject',
  ])
    expect(before).toContain(place);
  const [changes] = await hub.deed(async () => [(await hub.call('GET', `/contacts/${contactId}/history`)).body.data.length]);
  const preview = await hub.call('GET', `/contacts/${contactId}/erase`);
  expect(preview.body).toMatchObject({
    name: 'Wren Kanari',
    erased: { addresses: 2, tasks: 2, files: 1 },
    kept: { messages: 1, activities: 2, deals: 1 },
  });
  expect((await hub.call('POST', `/contacts/${contactId}/erase`, { body: {} })).status).toBe(400);

  const answer = await hub.call('POST', `/contacts/${contactId}/erase`, {
    body: { confirm: true },
    headers: { 'idempotency-key': 'erase-wren' },
  });
  expect(answer.status).toBe(202);
  expect((await hub.call('GET', `/contacts/${contactId}`)).status).toBe(404);
  await erased(answer.body.id);
  expect(await foundEverywhere(hub, canaries)).toEqual([]);
  // Whoever has not met an erased address yet learns the key on the way.
  expect((await hub.call('POST', '/contacts', { body: { email: 'new@other-client.example' } })).status).toBe(201);
  expect(storedFiles()).not.toContain('a plan of nestplan.txt');

  expect((await hub.call('GET', `/deals/${dealId}`)).body).toMatchObject({ name: 'Great cage for [erased]', amount: '900.00' });
  expect(changes).toBeGreaterThan(1);
  const log = await hub.call('GET', `/audit?recordId=${contactId}&limit=200`);
  const types = log.body.data.map(({ type }: { type: string }) => type);
  expect(types).toEqual(expect.arrayContaining(['contact.created', 'contact.updated', 'contact.deleted', 'contact.erased']));
  expect(log.body.data.find(({ type }: { type: string }) => type === 'contact.created').data.changes.email).toEqual({
    from: null,
    to: null,
  });
  const shared = await hub.call('GET', '/activities?filter[type]=email&limit=50');
  expect(shared.body.data.map(({ subject }: { subject: string }) => subject)).toEqual(
    expect.arrayContaining(['For [erased]', '[erased]']),
  );
});

it('mail, webhooks and keys do not bring the person back', async () => {
  const mailboxes = await hub.call('GET', '/mailboxes');
  await dovecot.import(REP, [
    aMail({
      from: `Wren Kanari <${CANARY}>`,
      to: REP,
      subject: 'Kanari again',
      id: 'three@canary-client.example',
      body: 'Hello',
    }),
    aMail({
      from: `Wren <wren.kanari.old@canary-client.example>`,
      to: REP,
      subject: 'Old address',
      id: 'four@canary-client.example',
    }),
    aMail({ from: `Otto <${OTHER}>`, to: `${REP}, ${CANARY}`, subject: 'Tuesday', id: 'five@other-client.example' }),
  ]);
  await eventually(async () => {
    const ledger = await hub.call('GET', `/mailboxes/${mailboxes.body.data[0].id}/ledger?limit=50`);
    return ledger.body.data.filter(({ rule }: { rule: string }) => rule === 'erased').length >= 3;
  });
  await eventually(async () => {
    const { body } = await hub.call('GET', `/contacts/${ottoId}/timeline`);
    return body.data.some(({ subject }: { subject: string }) => subject === 'Tuesday');
  });

  const source = await aSource(hub);
  const receipt = await processed(
    hub,
    (await deliver(hub, source, { email: CANARY, first: 'Wren', item: 'seeds-and-nuts' })).body.receiptId,
  );
  expect(receipt.body).toMatchObject({ state: 'skipped', contactId: null, body: '' });
  const contact = { firstName: 'Wren', email: CANARY.toUpperCase() };
  for (const path of ['/contacts', '/contacts?readmit=true']) {
    expect(await hub.call('POST', path, { body: contact })).toMatchObject({ status: 409, body: { code: 'contact_erased' } });
  }
  const sent = await hub.call('POST', '/messages', {
    body: { mailboxId: mailboxes.body.data[0].id, to: [CANARY], subject: 'x', text: 'x' },
  });
  expect(sent).toMatchObject({ status: 409, body: { code: 'contact_erased', errors: [{ pointer: '/to/0' }] } });
  expect(await foundEverywhere(hub, canaries)).toEqual([]);
});

it('a user is told, and makes the person anew only knowingly', async () => {
  const origin = 'http://localhost:80';
  const { email, password } = hub.admin;
  const signedIn = await hub.call('POST', '/session', { body: { email, password }, key: null, headers: { origin } });
  const headers = { cookie: String(signedIn.headers['set-cookie']).split(';')[0] ?? '', origin };
  const as = (path: string) => hub.call('POST', path, { body: { firstName: 'Wren', email: CANARY }, key: null, headers });
  expect(await as('/contacts')).toMatchObject({
    status: 409,
    body: { code: 'contact_erased', detail: expect.stringContaining('readmit=true') },
  });
  const made = await as('/contacts?readmit=true');
  expect(made.status).toBe(201);
  await eventually(async () => {
    const { body } = await hub.call('GET', `/audit?recordId=${made.body.id}`);
    return body.data.some(({ type }: { type: string }) => type === 'contact.readmitted');
  });
});

it('an erasure that is asked for again is the same one', async () => {
  const again = await hub.call('POST', `/contacts/${contactId}/erase`, { body: { confirm: true } });
  expect(again).toMatchObject({ status: 202, body: { state: 'done', contactId } });
  expect((await hub.call('GET', `/contacts/${contactId}/erase`)).status).toBe(404);
  expect((await hub.call('POST', `/contacts/${contactId}/restore`)).status).toBe(404);
  expect((await hub.call('GET', '/contacts/deleted')).body.data).toEqual([]);
  const log = await hub.call('GET', `/audit?recordId=${contactId}&types=contact.erased`);
  expect(log.body.data).toHaveLength(1);
});
