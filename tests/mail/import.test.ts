import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { makeMailbox } from '../support/mail-corpus.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { aMail, connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const OWNER = 'olivia@throughline.example';
const BROKEN = '\r\n\r\nno header at all\r\n';
let hub: Hub;
let dovecot: TestDovecot;
let mail: { stop(): Promise<void> };
let mailboxId: string;
const corpus = [...makeMailbox({ count: 200, seed: 7, owner: OWNER })];

beforeAll(async () => {
  dovecot = await startDovecot({ [OWNER]: 'secret' });
  for (const folder of ['INBOX', 'Sent'] as const) {
    const sources = corpus.filter((message) => message.folder === folder).map(({ source }) => source);
    await dovecot.import(OWNER, folder === 'INBOX' ? [...sources, BROKEN, ...sources.slice(0, 1)] : sources, { folder });
  }
  hub = await startHub({ consumers: [] });
  mail = startMail(hub.services);
  mailboxId = (await connectMailbox(hub, mailboxBody(dovecot, OWNER, { createContacts: 'all' }))).body.id;
  await untilImported(hub, mailboxId);
});
afterAll(async () => {
  await mail?.stop();
  await hub?.stop();
  await dovecot?.stop();
});

async function uidsOf(folder: string): Promise<string[]> {
  const client = await dovecot.connect(OWNER);
  await client.mailboxOpen(folder);
  const uids = await client.search({ all: true }, { uid: true });
  await client.logout();
  return (uids || []).map((uid) => `${folder} ${uid}`);
}

it('has a ledger row for every message of every folder, and for nothing else', async () => {
  const ledger = await rows(
    hub,
    "select path || ' ' || uid as place from mail_ledger join mail_folders on mail_folders.id = folder_id",
  );
  const places = [...(await uidsOf('INBOX')), ...(await uidsOf('Sent'))];
  expect(new Set(ledger.map(({ place }) => place))).toEqual(new Set(places));
  expect(ledger).toHaveLength(places.length);
  const { body } = await hub.call('GET', `/mailboxes/${mailboxId}`);
  const { found, logged, waiting, skipped, quarantined } = body.import;
  expect(found).toBe(places.length);
  expect(logged + waiting + skipped + quarantined).toBe(found);
  expect(quarantined).toBe(1);
});

it('logs each message once, on every contact among its people, newest date first seen as last contact', async () => {
  const [counts] = await rows(
    hub,
    `select count(*)::int as activities, count(distinct message_id)::int as messages from activities where source = 'email'`,
  );
  expect(counts.activities).toBe(counts.messages);
  expect(counts.activities).toBeGreaterThan(100);
  const wrong = await rows(
    hub,
    `select m.subject from messages m join message_participants p on p.message_id = m.id
       join contact_emails e on e.address_normal = p.address_normal and e.active
       left join activities a on a.message_id = m.id left join activity_links l on l.activity_id = a.id and l.contact_id = e.contact_id
     where l.contact_id is null`,
  );
  expect(wrong).toEqual([]);
  const stale = await rows(
    hub,
    `select c.id from contacts c where last_contacted_at is distinct from
       (select max(a.activity_date) from activity_links l join activities a on a.id = l.activity_id where l.contact_id = c.id and a.type = 'email')`,
  );
  expect(stale).toEqual([]);
});

it('makes no contact of lists, robots and colleagues', async () => {
  const made = await rows(hub, 'select address_normal as address from contact_emails');
  expect(made.length).toBeGreaterThan(5);
  expect(made.filter(({ address }) => /throughline\.example$|no-?reply|mailer-daemon/.test(address))).toEqual([]);
});

it('writes history with one event per chunk, so that nothing is set off', async () => {
  const events = await rows(
    hub,
    "select type, origin, count(*)::int as count from events where type ~ '^(mailbox.backfilled|message|activity|contact)' group by 1, 2",
  );
  expect(events.map(({ type, origin }) => `${type} ${origin}`).sort()).toEqual([
    'contact.created history',
    'mailbox.backfilled history',
  ]);
  expect(events.find(({ type }) => type === 'mailbox.backfilled').count).toBeLessThan(10);
});

it('keeps what cannot be read, and says so in the ledger', async () => {
  const [row] = await rows(hub, "select rule, convert_from(raw, 'utf8') as raw from mail_ledger where outcome = 'quarantined'");
  expect(row.rule).toBe('no_header');
  expect(row.raw).toContain('no header at all');
});

it('puts one message that the database will not take aside, and stores the others around it', async () => {
  const poisoned = 'poisoned@throughline.example';
  await dovecot.addUser(poisoned, 'secret');
  const sources = corpus.filter(({ folder }) => folder === 'INBOX').map(({ source }) => source);
  const bad = aMail({ from: 'bad@acme.example', to: poisoned, subject: 'poison', id: 'poison@acme.example' });
  await dovecot.import(poisoned, [...sources.slice(0, 20), bad, ...sources.slice(20, 40)]);
  await rows(hub, "alter table messages add constraint poison check (subject <> 'poison')");
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, poisoned))).body;
  expect((await untilImported(hub, id)).import).toMatchObject({ found: 41, quarantined: 1 });
  const [row] = await rows(hub, "select rule, convert_from(raw, 'utf8') as raw from mail_ledger where rule = 'not_storable'");
  expect(row.raw).toContain('Subject: poison');
  expect(await rows(hub, 'select 1 from mail_ledger where mailbox_id = $1', [id])).toHaveLength(41);
});

it('leaves mail from before syncFrom where it is, and says so', async () => {
  const late = 'late@throughline.example';
  await dovecot.addUser(late, 'secret');
  const mails = [2024, 2025, 2026].map((year) =>
    aMail({
      from: 'bad@acme.example',
      to: late,
      subject: `${year}`,
      id: `${year}@acme.example`,
      date: new Date(`${year}-01-05`),
    }),
  );
  for (const [index, source] of mails.entries())
    await dovecot.import(late, [source], { date: new Date(`${2024 + index}-01-05`) });
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, late, { syncFrom: '2025-12-31T00:00:00Z' }))).body;
  expect((await untilImported(hub, id)).import).toMatchObject({ found: 3, waiting: 1, skipped: 2 });
  const left = await rows(hub, "select rule from mail_ledger where mailbox_id = $1 and outcome = 'skipped'", [id]);
  expect(left).toEqual([{ rule: 'before_sync_from' }, { rule: 'before_sync_from' }]);
});
