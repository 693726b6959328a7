import { afterAll, beforeAll, expect, it } from 'vitest';
import { eraseNext } from '../../src/privacy/run-erasure.ts';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';
import { aMail, connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const ME = 'rep@throughline.example';
let hub: Hub;
let dovecot: TestDovecot;
let mail: { stop(): Promise<void> };
let mailboxId: string;

beforeAll(async () => {
  dovecot = await startDovecot({ [ME]: 'secret' });
  hub = await startHub({ consumers: [] });
  mail = startMail(hub.services);
  const sent = (to: string, id: string) => aMail({ from: ME, to, subject: 'Hello', id });
  await dovecot.import(ME, [sent('gone@bounced.example, full@bounced.example', 'ours')], { folder: 'Sent' });
  mailboxId = (await connectMailbox(hub, mailboxBody(dovecot, ME))).body.id;
  await untilImported(hub, mailboxId);
});
afterAll(async () => {
  await mail?.stop();
  await hub?.stop();
  await dovecot?.stop();
});

/** A delivery report, as a mail server writes it. */
function aReport(id: string, original: string, failures: [address: string, status: string][]): Buffer {
  const part = (type: string, text: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;
  const recipients = failures.map(
    ([address, status]) => `\r\nFinal-Recipient: rfc822; ${address}\r\nAction: failed\r\nStatus: ${status}\r\n`,
  );
  return aMail({
    from: 'MAILER-DAEMON@throughline.example',
    to: ME,
    subject: 'Undelivered Mail Returned to Sender',
    id,
    headers: ['MIME-Version: 1.0', 'Content-Type: multipart/report; report-type=delivery-status; boundary=b'],
    body: [
      part('text/plain', 'It could not be delivered.'),
      part('message/delivery-status', `Reporting-MTA: dns; throughline.example\r\n${recipients.join('')}`),
      part('message/rfc822', `From: ${ME}\r\nMessage-ID: <${original}>\r\n\r\nHello`),
      '--b--',
    ].join(''),
  });
}

const contactAt = async (address: string) => (await hub.call('GET', `/contacts?filter[email]=${address}`)).body.data[0];
const write = (address: string) =>
  hub.call('POST', '/messages', { body: { mailboxId, to: [address], subject: 'Again', text: 'Again' } });

it('marks the address to which our mail came back for good, without an edit, and writes to it no more until it is given anew', async () => {
  const stranger = (await hub.call('POST', '/contacts', { body: { firstName: 'S', email: 'stranger@bounced.example' } })).body;
  const before = await contactAt('gone@bounced.example');
  expect(before).toMatchObject({ bouncedAt: null });
  const cameBack = aReport('came-back', 'ours', [
    ['gone@bounced.example', '5.1.1'],
    ['full@bounced.example', '5.2.2'],
  ]);
  await dovecot.import(ME, [
    aReport('never-sent', 'forged@throughline.example', [['stranger@bounced.example', '5.1.1']]),
    aReport('not-to-them', 'ours', [['stranger@bounced.example', '5.1.1']]),
    cameBack,
  ]);
  const after = await eventually(async () => {
    const contact = await contactAt('gone@bounced.example');
    return contact.bouncedAt !== null && contact;
  });
  expect(after).toMatchObject({ version: before.version, updatedAt: before.updatedAt });
  expect(await contactAt('full@bounced.example')).toMatchObject({ bouncedAt: null });
  expect((await hub.call('GET', `/contacts/${stranger.id}`)).body.bouncedAt).toBeNull();
  expect(await write('gone@bounced.example')).toMatchObject({
    status: 409,
    body: { code: 'bounced', errors: [{ pointer: '/to/0' }] },
  });
  expect((await write('full@bounced.example')).status).toBe(201);

  const patch = (body: object) => hub.call('PATCH', `/contacts/${after.id}`, { body });
  expect((await patch({ bouncedAt: null })).status).toBe(400);
  const other = await patch({ email: 'new@bounced.example', otherEmails: ['gone@bounced.example'] });
  expect(other.body.bouncedAt).toBeNull();
  expect((await write('gone@bounced.example')).status).toBe(409);
  expect((await patch({ email: 'gone@bounced.example', otherEmails: [] })).body.bouncedAt).toBe(after.bouncedAt);
  await patch({ email: 'new@bounced.example', otherEmails: [] });
  expect((await patch({ email: 'gone@bounced.example', otherEmails: [] })).body.bouncedAt).toBeNull();
  await dovecot.import(ME, [cameBack]); // as it is when somebody has moved it to and fro
  await eventually(async () => (await rows(hub, `select 1 from mail_ledger where header_id = 'came-back'`)).length === 2);
  expect((await contactAt('gone@bounced.example')).bouncedAt).toBeNull();
  expect((await write('gone@bounced.example')).status).toBe(201);
});

it('knows its mail again by the Message-ID that the server has put in place of ours', async () => {
  await hub.call('POST', '/contacts', { body: { firstName: 'R', email: 'renamed@bounced.example' } });
  const sent = await write('renamed@bounced.example');
  await rows(hub, `update outgoing_messages set server_message_id = 'theirs' where message_id = $1`, [sent.body.id]);
  await dovecot.import(ME, [aReport('of-renamed', 'theirs', [['renamed@bounced.example', '5.1.1']])]);
  await eventually(async () => (await contactAt('renamed@bounced.example')).bouncedAt !== null);
});

const inLedger = (id: string) => rows(hub, 'select 1 from mail_ledger where header_id = $1', [id]);
const waiting = (original: string) => rows(hub, 'select address from mail_bounces where original_id = $1', [original]);

it('marks it too when the report is read before the mail that came back, and each report once', async () => {
  const early = aReport('early-report', 'late-original', [['early@bounced.example', '5.1.1']]);
  await dovecot.import(ME, [early]);
  await eventually(async () => (await inLedger('early-report')).length === 1);
  expect(await waiting('late-original')).toEqual([{ address: 'early@bounced.example' }]);
  const original = aMail({ from: ME, to: 'early@bounced.example', subject: 'Late', id: 'late-original' });
  await dovecot.import(ME, [original], { folder: 'Sent' });
  const contact = await eventually(async () => contactAt('early@bounced.example'));
  expect(contact.bouncedAt).not.toBeNull();
  expect(await waiting('late-original')).toEqual([]);

  const patch = (body: object) => hub.call('PATCH', `/contacts/${contact.id}`, { body });
  await patch({ email: 'new-early@bounced.example' });
  await patch({ email: 'early@bounced.example', otherEmails: [] });
  await dovecot.import(ME, [early, original], { folder: 'Sent' });
  await eventually(async () => (await inLedger('early-report')).length === 2 && (await inLedger('late-original')).length === 2);
  expect((await contactAt('early@bounced.example')).bouncedAt).toBeNull();
});

it('keeps no report that waits for a mail of somebody who is erased', async () => {
  const person = (await hub.call('POST', '/contacts', { body: { email: 'erased@bounced.example' } })).body;
  await dovecot.import(ME, [aReport('erased-1', 'nowhere', [['erased@bounced.example', '5.1.1']])]);
  await eventually(async () => (await inLedger('erased-1')).length === 1);
  expect(await waiting('nowhere')).toEqual([{ address: 'erased@bounced.example' }]);
  const { body: erasure } = await hub.call('POST', `/contacts/${person.id}/erase`, { body: { confirm: true } });
  while (!(await hub.deed((ctx) => eraseNext(ctx, erasure.id))).over);
  expect(await waiting('nowhere')).toEqual([]);
  await dovecot.import(ME, [aReport('erased-2', 'nowhere', [['erased@bounced.example', '5.1.1']])]);
  await eventually(async () => (await inLedger('erased-2')).length === 1);
  expect(await waiting('nowhere')).toEqual([]);
});
