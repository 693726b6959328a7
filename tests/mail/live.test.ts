import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lateMailConsumer } from '../../src/email/late-mail.ts';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';
import { aMail, connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const REP = 'rep@throughline.example';
const ROB = 'rob@throughline.example';
let hub: Hub;
let dovecot: TestDovecot;
let mail: { stop(): Promise<void> };
let rep: { id: string; key: string };
let rob: { id: string; key: string };
let mailboxId: string;
let contactId: string;

beforeAll(async () => {
  dovecot = await startDovecot({ [REP]: 'secret', [ROB]: 'secret' });
  hub = await startHub({ consumers: [lateMailConsumer] });
  mail = startMail(hub.services);
  rep = await hub.aRep('Rita');
  rob = await hub.aRep('Rob');
  mailboxId = (await connectMailbox(hub, mailboxBody(dovecot, REP), rep.key)).body.id;
  contactId = (await hub.call('POST', '/contacts', { body: { firstName: 'Anna', email: 'anna@acme.example' } })).body.id;
  await untilImported(hub, mailboxId, rep.key);
});
afterAll(async () => {
  await mail?.stop();
  await hub?.stop();
  await dovecot?.stop();
});

const fromAnna = (subject: string, more: Partial<Parameters<typeof aMail>[0]> = {}) =>
  aMail({ from: 'Anna <anna@acme.example>', to: REP, subject, id: `${subject.replaceAll(' ', '-')}@acme.example`, ...more });
const timeline = async (key = rep.key) =>
  (await hub.call('GET', `/contacts/${contactId}/timeline`, { key })).body.data.filter(
    ({ type }: { type: string }) => type === 'email',
  );
const onTimeline = (subject: string) =>
  eventually(async () => (await timeline()).find((entry: { subject: string }) => entry.subject === subject));

it('shows a new mail on the timeline of its contact by itself, with an event that carries none of its words', async () => {
  for (const subject of ['one', 'two', 'three', 'four', 'five']) {
    await dovecot.import(REP, [fromAnna(subject, { body: 'Confidential words' })]);
    expect(await onTimeline(subject)).toMatchObject({
      direction: 'in',
      contactIds: [contactId],
      source: 'email',
      ownerId: rep.id,
    });
  }
  const body = await eventually(async () => {
    const feed = await hub.call('GET', '/events?types=message.received,activity.logged&limit=100');
    return feed.body.data.length === 10 && feed.body;
  });
  expect(body.data.every(({ origin }: { origin: string }) => origin === 'live')).toBe(true);
  expect(JSON.stringify(body)).not.toMatch(/Confidential|three/);
});

it('takes a mail that is older than a day for history, and never moves the last contact back', async () => {
  const { body: before } = await hub.call('GET', `/contacts/${contactId}`);
  await dovecot.import(REP, [fromAnna('ancient', { date: new Date('2019-05-05T08:00:00Z') })]);
  const entry = await onTimeline('ancient');
  const [event] = await rows(hub, "select origin from events where type = 'message.received' and record_id = $1", [
    entry.messageId,
  ]);
  expect(event.origin).toBe('history');
  expect((await hub.call('GET', `/contacts/${contactId}`)).body.lastContactedAt).toBe(before.lastContactedAt);
});

it('sees what another client puts into Sent, as sent by us', async () => {
  const source = aMail({ from: REP, to: 'anna@acme.example', subject: 'by hand', id: 'by-hand@throughline.example' });
  await dovecot.import(REP, [source], { folder: 'Sent' });
  expect(await onTimeline('by hand')).toMatchObject({ direction: 'out' });
});

it('puts a mail on the deal that is open with its contact', async () => {
  const deal = await hub.call('POST', '/deals', { body: { name: 'Licences', contactId } });
  await dovecot.import(REP, [fromAnna('about the deal')]);
  expect(await onTimeline('about the deal')).toMatchObject({ dealId: deal.body.id, dealName: 'Licences' });
});

it('keeps the same mail in two mailboxes once, in both', async () => {
  const source = fromAnna('to both', { to: `${REP}, ${ROB}` });
  await dovecot.import(ROB, [source]);
  const robs = (await connectMailbox(hub, mailboxBody(dovecot, ROB), rob.key)).body.id;
  await untilImported(hub, robs, rob.key);
  await dovecot.import(REP, [source]);
  await eventually(
    async () => (await rows(hub, "select 1 from mail_ledger where header_id = 'to-both@acme.example'")).length === 2,
  );
  const found = await rows(
    hub,
    `select count(*)::int as messages, (select count(*)::int from activities a where a.subject = 'to both') as activities,
       (select count(*)::int from message_mailboxes x join messages y on y.id = x.message_id where y.subject = 'to both') as mailboxes
     from messages where subject = 'to both'`,
  );
  expect(found).toEqual([{ messages: 1, activities: 1, mailboxes: 2 }]);
});

it('detaches what is deleted in the mailbox and keeps its activity', async () => {
  const client = await dovecot.connect(REP);
  await client.mailboxOpen('INBOX');
  await client.messageDelete({ header: { 'message-id': 'one@acme.example' } });
  await client.logout();
  await eventually(
    async () =>
      (await rows(hub, "select 1 from mail_ledger where header_id = 'one@acme.example' and gone_at is not null")).length === 1,
  );
  expect((await timeline()).some(({ subject }: { subject: string }) => subject === 'one')).toBe(true);
});

it('maps messages again by content when a folder is made anew (UIDVALIDITY), with no second activity', async () => {
  const client = await dovecot.connect(REP);
  const source = fromAnna('kept');
  await client.mailboxCreate('Projects');
  await client.append('Projects', source);
  await onTimeline('kept');
  const before = await rows(hub, 'select count(*)::int as n from activities');
  const [old] = await rows(hub, "select uidvalidity from mail_folders where path = 'Projects'");
  await client.mailboxDelete('Projects');
  await client.mailboxCreate('Projects');
  await client.append('Projects', source);
  await client.logout();
  await eventually(
    async () =>
      (
        await rows(
          hub,
          `select 1 from mail_folders f join mail_ledger l on l.folder_id = f.id
           where f.path = 'Projects' and f.uidvalidity <> $1 and l.outcome = 'logged' and f.state = 'complete'`,
          [old.uidvalidity],
        )
      ).length === 1,
  );
  expect(await rows(hub, 'select count(*)::int as n from activities')).toEqual(before);
});

it('gives a contact who is made later the mail that was waiting', async () => {
  const { body } = await hub.call('GET', `/mailboxes/${mailboxId}/ledger?address=stranger@else.example`, { key: rep.key });
  expect(body.data).toEqual([]);
  await dovecot.import(REP, [aMail({ from: 'stranger@else.example', to: REP, subject: 'hello', id: 'stranger@else.example' })]);
  const waiting = await eventually(async () => {
    const answer = await hub.call('GET', `/mailboxes/${mailboxId}/ledger?messageId=<stranger@else.example>`, { key: rep.key });
    return answer.body.data[0];
  });
  expect(waiting).toMatchObject({ outcome: 'waiting', rule: 'no_contact', folder: 'INBOX', activityId: null });
  await dovecot.import(
    REP,
    [aMail({ from: REP, to: 'Sam Stranger <stranger@else.example>', subject: 're', id: 're@throughline.example' })],
    {
      folder: 'Sent',
    },
  );
  const logged = await eventually(async () => {
    const answer = await hub.call('GET', `/mailboxes/${mailboxId}/ledger?address=stranger@else.example`, { key: rep.key });
    return (
      answer.body.data.length === 2 &&
      answer.body.data.every(({ outcome }: { outcome: string }) => outcome === 'logged') &&
      answer.body.data
    );
  });
  expect(logged[0].activityId).not.toBeNull();
});

it('gives a contact who is made by hand the mail that was waiting, as history', async () => {
  await dovecot.import(REP, [aMail({ from: 'later@else.example', to: REP, subject: 'before', id: 'later@else.example' })]);
  await eventually(async () => (await rows(hub, "select 1 from mail_ledger where sender = 'later@else.example'")).length === 1);
  const made = await hub.call('POST', '/contacts', { body: { firstName: 'Late', email: 'Later@Else.example' } });
  const entry = await eventually(async () => {
    const { body } = await hub.call('GET', `/contacts/${made.body.id}/timeline`, { key: rep.key });
    return body.data.find(({ type }: { type: string }) => type === 'email');
  });
  expect(entry).toMatchObject({ subject: 'before', direction: 'in' });
  const events = await rows(hub, "select origin from events where type = 'activity.logged' and record_id = $1", [entry.id]);
  expect(events).toEqual([{ origin: 'history' }]);
});

it('shows the words of the server for a wrong password, stops trying, and starts again with the right one', async () => {
  const wrong = 'wrong@throughline.example';
  await dovecot.addUser(wrong, 'secret');
  const imap = {
    host: '127.0.0.1',
    port: dovecot.ports.imap,
    security: 'none',
    auth: { type: 'password', username: wrong, password: 'canary-wrong-password' },
  };
  const tested = await hub.call('POST', '/mailboxes/test', { body: mailboxBody(dovecot, wrong, { imap }), key: rep.key });
  expect(tested).toMatchObject({
    status: 200,
    body: {
      imap: { ok: false, code: 'rejected', message: expect.stringMatching(/AUTHENTICATIONFAILED|Authentication failed/i) },
    },
  });
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, wrong, { imap }), rep.key)).body;
  const rejected = await eventually(async () => {
    const { body } = await hub.call('GET', `/mailboxes/${id}`, { key: rep.key });
    return body.state === 'rejected' && body;
  });
  expect(rejected).toMatchObject({
    errorCode: 'rejected',
    retryAt: null,
    error: expect.stringMatching(/authentication failed/i),
  });
  const auth = { ...imap.auth, password: 'secret' };
  const mended = await hub.call('PATCH', `/mailboxes/${id}`, { body: { imap: { ...imap, auth } }, key: rep.key });
  expect(mended).toMatchObject({ status: 200, body: { state: 'connecting', error: null } });
  expect(await untilImported(hub, id, rep.key)).toMatchObject({ state: 'live', error: null });
});

it('backs off from a server that does not answer, and says when it tries again', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const server = { host: '127.0.0.1', port, security: 'none', auth: { type: 'password', username: 'x', password: 'secret' } };
  const begun = Date.now();
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, 'away@throughline.example', { imap: server }), rep.key)).body;
  const away = await eventually(async () => {
    const { body } = await hub.call('GET', `/mailboxes/${id}`, { key: rep.key });
    return body.state === 'unreachable' && body;
  });
  expect(away.error).toMatch(/ECONNREFUSED/);
  expect(Date.parse(away.retryAt)).toBeGreaterThan(begun + 1_000);
});

it('never shows credentials: not in an answer, an event, a job or a row', async () => {
  const all = await Promise.all(
    ['/mailboxes', '/events?limit=1000', `/mailboxes/${mailboxId}`].map((path) => hub.call('GET', path)),
  );
  const stored = await rows(
    hub,
    'select imap::text || smtp::text || coalesce(error, $1) as text from mailboxes union all select data::text from jobs',
    [''],
  );
  expect(JSON.stringify([all, stored])).not.toMatch(/canary|"secret"/);
});

it('disconnecting takes the secrets and leaves the history', async () => {
  const before = (await timeline()).length;
  expect((await hub.call('DELETE', `/mailboxes/${mailboxId}`, { key: rep.key })).status).toBe(204);
  expect((await hub.call('GET', `/mailboxes/${mailboxId}`, { key: rep.key })).status).toBe(404);
  expect(await rows(hub, 'select credentials from mailboxes where id = $1', [mailboxId])).toEqual([{ credentials: null }]);
  expect(await timeline()).toHaveLength(before);
  await eventually(async () => (await rows(hub, 'select 1 from leases where name = $1', [`mailbox:${mailboxId}`])).length === 0);
});
