import { afterAll, beforeAll, expect, it } from 'vitest';
import { openQueues, type Queues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { startPostfix, type TestPostfix } from '../support/servers/postfix.ts';
import { eventually } from '../support/wait.ts';
import { aMail, connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const REP = 'rep@throughline.example';
const ANNA = 'anna.abel@throughline-client.example';
let hub: Hub;
let dovecot: TestDovecot;
let postfix: TestPostfix;
let queues: Queues | undefined;
let stops: (() => Promise<void>)[] = [];
let mailboxId: string;
let contactId: string;

beforeAll(async () => {
  dovecot = await startDovecot({ [REP]: 'secret', [ANNA]: 'secret' });
  postfix = await startPostfix({ domains: ['throughline.example', 'throughline-client.example'], dovecot });
  hub = await startHub({ consumers: [], ports: { queues: { wake: (...args) => queues?.wake(...args) } } });
  queues = openQueues({ databaseUrl: hub.database.url, redisUrl: undefined, log: hub.services.log });
  const jobs = await startJobs(hub.services, queues);
  const mail = startMail(hub.services);
  stops = [() => mail.stop(), () => jobs.stop(), () => queues?.close() ?? Promise.resolve()];
  const smtp = {
    host: '127.0.0.1',
    port: postfix.ports.submission,
    security: 'none',
    auth: { type: 'password', username: REP, password: 'secret' },
  };
  mailboxId = (await connectMailbox(hub, mailboxBody(dovecot, REP, { smtp }))).body.id;
  contactId = (await hub.call('POST', '/contacts', { body: { firstName: 'Anna', email: ANNA } })).body.id;
  await untilImported(hub, mailboxId);
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await hub?.stop();
  await postfix?.stop();
  await dovecot?.stop();
});

const mailsOf = async (id: string) =>
  (await hub.call('GET', `/contacts/${id}/timeline`)).body.data.filter(({ type }: { type: string }) => type === 'email');
const untilSent = (id: string) =>
  eventually(async () => {
    const { body } = await hub.call('GET', `/messages/${id}`);
    return body.send.state === 'sent' && body;
  });
async function folder(who: string, path: string): Promise<string[]> {
  const client = await dovecot.connect(who);
  await client.mailboxOpen(path);
  const all = await client.fetchAll('1:*', { source: true }).catch(() => []);
  await client.logout();
  return all.map(({ source }) => source?.toString() ?? '');
}

it('a message is on the timeline at once, is sent and filed, and the copy in Sent attaches to the same activity', async () => {
  const body = { mailboxId, to: [ANNA], subject: 'An offer', text: 'Dear Anna', html: '<p>Dear Anna</p>', contactId };
  const sent = await hub.call('POST', '/messages', { body, headers: { 'idempotency-key': 'offer-1' } });
  expect(sent).toMatchObject({ status: 201, body: { direction: 'out', subject: 'An offer', send: { state: 'queued' } } });
  expect(await mailsOf(contactId)).toMatchObject([{ subject: 'An offer', direction: 'out', messageId: sent.body.id }]);
  await untilSent(sent.body.id);
  await eventually(async () => (await folder(ANNA, 'INBOX')).length === 1);
  await eventually(async () => (await folder(REP, 'Sent')).length === 1);
  const located = await eventually(async () => {
    const found = await rows(hub, 'select message_id, outcome from mail_ledger where mailbox_id = $1', [mailboxId]);
    return found.length === 1 && found[0];
  });
  expect(located).toEqual({ message_id: sent.body.id, outcome: 'logged' });
  expect(await mailsOf(contactId)).toHaveLength(1);
  const again = await hub.call('POST', '/messages', { body, headers: { 'idempotency-key': 'offer-1' } });
  expect(again.body.id).toBe(sent.body.id);
  const events = await rows(hub, 'select type from events where record_id = $1', [sent.body.id]);
  expect(events).toEqual([{ type: 'message.sent' }]);
  expect(await folder(ANNA, 'INBOX')).toHaveLength(1);
});

it('belongs to a contact and a deal that are told by what they have', async () => {
  const deal = (await hub.call('POST', '/deals', { body: { name: 'Offered' } })).body;
  await hub.call('PUT', `/deals/${deal.id}/external-ids/erp/offer`);
  const links = { contactId: { match: { email: ANNA } }, dealId: { match: { externalId: { system: 'erp', id: 'offer' } } } };
  const body = { mailboxId, to: ['elsewhere@outside.example'], subject: 'Told', text: 'Told', ...links };
  const { body: sent } = await hub.call('POST', '/messages', { body });
  const { body: activity } = await hub.call('GET', `/activities/${sent.activityId}`);
  expect(activity).toMatchObject({ contactIds: expect.arrayContaining([contactId]), dealId: deal.id });
  const dealId = { match: { externalId: { system: 'erp', id: 'none' } } };
  expect(await hub.call('POST', '/messages', { body: { ...body, dealId } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/dealId/match', code: 'reference_not_found' }] },
  });
});

it('the same key makes one message even after the stored answer is gone', async () => {
  const body = { mailboxId, to: [ANNA], subject: 'Key', text: 'Key' };
  const first = await hub.call('POST', '/messages', { body, headers: { 'idempotency-key': 'key-2' } });
  await rows(hub, 'delete from idempotency_keys');
  const second = await hub.call('POST', '/messages', { body, headers: { 'idempotency-key': 'key-2' } });
  expect(second.body.id).toBe(first.body.id);
});

it('bcc reaches its reader and is in no bytes, and an answer stays in its thread', async () => {
  const first = await hub.call('POST', '/messages', {
    body: { mailboxId, to: ['elsewhere@outside.example'], bcc: [ANNA], subject: 'Quiet', text: 'Quiet' },
  });
  await untilSent(first.body.id);
  const bytes = await eventually(async () => (await folder(ANNA, 'INBOX')).find((source) => source.includes('Subject: Quiet')));
  expect(
    bytes.slice(0, bytes.indexOf('\r\n\r\n')).replace(/^(Received|Delivered-To|X-Original-To)[^\n]*(\n[ \t][^\n]*)*\n?/gim, ''),
  ).not.toContain(ANNA);
  const answer = await hub.call('POST', '/messages', {
    body: { mailboxId, to: ['elsewhere@outside.example'], subject: 'Re: Quiet', text: 'More', inReplyTo: first.body.id },
  });
  expect(answer.body.threadId).toBe(first.body.threadId);
  expect(first.body.participants).toContainEqual({ role: 'bcc', address: ANNA, name: '', contactId });
});

it('a server that refuses the password fails the send with its own words', async () => {
  const refused = 'refused@throughline.example';
  await dovecot.addUser(refused, 'secret');
  const auth = { type: 'password', username: refused, password: 'wrong' };
  const smtp = { host: '127.0.0.1', port: postfix.ports.submission, security: 'none', auth };
  const { body: mailbox } = await connectMailbox(hub, mailboxBody(dovecot, refused, { smtp }));
  const { body } = await hub.call('POST', '/messages', {
    body: { mailboxId: mailbox.id, to: [ANNA], subject: 'Lost', text: 'Lost' },
  });
  const failed = await eventually(async () => {
    const { body: shown } = await hub.call('GET', `/messages/${body.id}`);
    return shown.send.state === 'failed' && shown.send;
  });
  expect(failed).toMatchObject({ errorCode: 'rejected', error: expect.stringMatching(/authentication failed/i) });
});

it('a send in doubt whose copy is found in Sent was sent, also when the server put another Message-ID in place of ours', async () => {
  const doubtful = 'doubtful@throughline.example';
  await dovecot.addUser(doubtful, 'secret');
  const { body: mailbox } = await connectMailbox(hub, mailboxBody(dovecot, doubtful));
  for (const rewritten of [false, true]) {
    const subject = `Doubt ${rewritten}`;
    const { body } = await hub.call('POST', '/messages', { body: { mailboxId: mailbox.id, to: [ANNA], subject, text: 'Text' } });
    await eventually(
      async () =>
        (await rows(hub, 'select 1 from outgoing_messages where message_id = $1 and error is not null', [body.id])).length === 1,
    );
    await rows(hub, 'delete from jobs');
    await rows(hub, "update outgoing_messages set state = 'in_doubt' where message_id = $1", [body.id]);
    const id = rewritten ? `other-${body.headerId}` : body.headerId;
    const copy = aMail({ from: doubtful, to: ANNA, subject, id, date: new Date(body.sentAt) });
    await dovecot.import(doubtful, [copy], { folder: 'Sent' });
    await eventually(async () => (await hub.call('GET', `/messages/${body.id}`)).body.send.state === 'sent');
    expect(await rows(hub, 'select count(*)::int as n from activities where subject = $1', [subject])).toEqual([{ n: 1 }]);
  }
});

it('sends nothing from a mailbox of somebody else', async () => {
  const rep = await hub.aRep();
  const answer = await hub.call('POST', '/messages', { body: { mailboxId, to: [ANNA], subject: 'x', text: 'x' }, key: rep.key });
  expect(answer).toMatchObject({ status: 404, body: { code: 'mailbox_not_found' } });
});
