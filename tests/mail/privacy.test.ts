import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';
import { aMail, connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const OLIVIA = 'olivia@throughline.example';
const PAUL = 'paul@throughline.example';
let hub: Hub;
let dovecot: TestDovecot;
let mail: { stop(): Promise<void> };
let owner: { id: string; key: string };
let other: { id: string; key: string };
let mailboxId: string;
let contactId: string;
let messageId: string;
let activityId: string;
const body = 'Words that are nobody else’s business';
const html = `<p>Hi</p><script>alert(1)</script><img src="https://tracker.example/x.png"><a href="javascript:alert(1)">x</a>`;

beforeAll(async () => {
  dovecot = await startDovecot({ [OLIVIA]: 'secret', [PAUL]: 'secret' });
  hub = await startHub({ consumers: [] });
  mail = startMail(hub.services);
  owner = await hub.aRep('Olivia');
  other = await hub.aRep('Otto');
  contactId = (await hub.call('POST', '/contacts', { body: { firstName: 'Anna', email: 'anna@acme.example' } })).body.id;
  const headers = ['Bcc: hidden@acme.example', 'MIME-Version: 1.0', 'Content-Type: multipart/alternative; boundary=b'];
  const parts = [
    `Content-Type: text/plain; charset=utf-8\r\n\r\n${body}`,
    `Content-Type: text/html; charset=utf-8\r\n\r\n${html}`,
  ];
  const file =
    'Content-Type: application/pdf; name=secret-plan.pdf\r\nContent-Disposition: attachment; filename=secret-plan.pdf\r\n\r\nx';
  const mime = `${[...parts, file].map((part) => `--b\r\n${part}\r\n`).join('')}--b--`;
  await dovecot.import(OLIVIA, [
    aMail({ from: 'anna@acme.example', to: OLIVIA, subject: 'Salary', id: 'salary@acme.example', headers, body: mime }),
  ]);
  mailboxId = (await connectMailbox(hub, mailboxBody(dovecot, OLIVIA), owner.key)).body.id;
  await untilImported(hub, mailboxId, owner.key);
  [{ id: activityId, message_id: messageId }] = (await rows(
    hub,
    "select id, message_id from activities where source = 'email'",
  )) as [{ id: string; message_id: string }];
});
afterAll(async () => {
  await mail?.stop();
  await hub?.stop();
  await dovecot?.stop();
});

/** Everything the API shows of the mail to the holder of a key. */
async function seenBy(key: string) {
  const get = async (path: string) => (await hub.call('GET', path, { key })).body;
  const entryOf = (page: { data: { messageId: string | null }[] }) => page.data.find((entry) => entry.messageId === messageId);
  return {
    timeline: entryOf(await get(`/contacts/${contactId}/timeline`)),
    list: entryOf(await get(`/activities?filter[contactId]=${contactId}`)),
    activity: await get(`/activities/${activityId}`),
    message: await get(`/messages/${messageId}`),
    feed: await get('/events?limit=1000'),
  };
}

async function show(visibility: string): Promise<void> {
  expect((await hub.call('PATCH', `/mailboxes/${mailboxId}`, { body: { visibility }, key: owner.key })).status).toBe(200);
}

describe.each([
  { visibility: 'metadata', subject: null, description: null },
  { visibility: 'subject', subject: 'Salary', description: null },
  { visibility: 'everything', subject: 'Salary', description: body },
])('with visibility $visibility', ({ visibility, subject, description }) => {
  it('another rep and an admin see as much on timeline, list, activity and message, and nothing more anywhere', async () => {
    await show(visibility);
    for (const key of [other.key, hub.admin.key]) {
      const seen = await seenBy(key);
      for (const entry of [seen.timeline, seen.list, seen.activity]) expect(entry).toMatchObject({ subject, description });
      expect(seen.message).toMatchObject({ openness: visibility, subject, text: description, direction: 'in' });
      expect(seen.message.participants).toContainEqual(expect.objectContaining({ role: 'from', address: 'anna@acme.example' }));
      expect(JSON.stringify(seen)).not.toMatch(/hidden@acme/);
      if (description === null) expect(JSON.stringify(seen)).not.toMatch(/nobody else|secret-plan|tracker/);
      if (subject === null) expect(JSON.stringify(seen)).not.toMatch(/Salary/);
    }
  });

  it('the owner sees all of it', async () => {
    const seen = await seenBy(owner.key);
    expect(seen.timeline).toMatchObject({ subject: 'Salary', description: body });
    expect(seen.message).toMatchObject({ openness: 'own', subject: 'Salary', text: body });
    expect(seen.message.participants).toContainEqual(expect.objectContaining({ role: 'bcc', address: 'hidden@acme.example' }));
  });
});

it('a role that hides the addresses of contacts sees none in somebody else’s mail, nor finds it told by one', async () => {
  await show('everything');
  const reads = { contact: { read: 'all' }, company: { read: 'all' }, deal: { read: 'all' }, message: { read: 'all' } };
  const role = { key: 'discreet', name: 'Discreet', permissions: reads, fields: { contact: { email: 'hidden' } } };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const { key } = await hub.aUser('discreet');
  const { body: message } = await hub.call('GET', `/messages/${messageId}`, { key });
  expect(message.text).toBe(body);
  expect(message.participants).toContainEqual({ role: 'from', address: null, name: '', contactId });
  const found = await hub.call('GET', '/search?q=salary&objects=message', { key });
  expect(JSON.stringify([message, found.body])).not.toMatch(/anna@acme/);
});

it('html comes without what could run, and without images that tell where it is read', async () => {
  const { message } = await seenBy(owner.key);
  expect(message.html).toContain('<p>Hi</p>');
  expect(message.html).not.toMatch(/script|javascript| src="http/);
  expect(message.html).toContain('data-src="https://tracker.example/x.png"');
});

it('the most open mailbox that holds it decides', async () => {
  await show('metadata');
  const [source] = await rows(hub, 'select 1 as one from messages where id = $1', [messageId]);
  expect(source).toEqual({ one: 1 });
  const client = await dovecot.connect(OLIVIA);
  await client.mailboxOpen('INBOX');
  const [fetched] = await client.fetchAll('1', { source: true });
  await client.logout();
  await dovecot.import(PAUL, [fetched?.source ?? Buffer.alloc(0)]);
  const paul = await hub.aRep('Paul');
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, PAUL, { visibility: 'subject' }), paul.key)).body;
  await untilImported(hub, id, paul.key);
  const seen = await seenBy(other.key);
  expect(seen.activity).toMatchObject({ subject: 'Salary', description: null });
  expect((await seenBy(paul.key)).activity).toMatchObject({ subject: 'Salary', description: body });
});

it('an admin shows less of somebody’s mail, never more, and gets no key that reads it as theirs, without the capability', async () => {
  await show('subject');
  const edit = (visibility: string, key = hub.admin.key) =>
    hub.call('PATCH', `/mailboxes/${mailboxId}`, { body: { visibility }, key });
  const needs = { status: 403, body: { permission: 'read_others_mail' } };
  expect(await edit('everything')).toMatchObject(needs);
  expect((await edit('metadata')).status).toBe(200);
  expect(await edit('subject')).toMatchObject(needs);
  const acting = (key: string) =>
    hub.call('POST', '/keys', { body: { name: `As Olivia ${key.slice(0, 12)}`, userId: owner.id }, key });
  expect(await acting(hub.admin.key)).toMatchObject(needs);
  const { id } = (await hub.call('GET', '/keys')).body.data.find(({ userId }: { userId: string }) => userId === owner.id);
  expect(await hub.call('POST', `/keys/${id}/rotate`, { body: {} })).toMatchObject(needs);
  const everything = { create: 'all', read: 'all', edit: 'all', delete: 'all' };
  const capabilities = ['manage_users', 'manage_webhooks', 'read_others_mail'];
  await hub.call('POST', '/roles', { body: { key: 'warden', name: 'Warden', permissions: { '*': everything }, capabilities } });
  const warden = await hub.aUser('warden');
  expect((await edit('everything', warden.key)).status).toBe(200);
  await show('metadata');
});

it('the words of a mail cannot be edited, so no event of an edit can hold them', async () => {
  const answer = await hub.call('PATCH', `/activities/${activityId}`, { body: { subject: 'Other' } });
  expect(answer).toMatchObject({ status: 409, body: { code: 'activity_of_mail' } });
  const { body: feed } = await eventually(async () => hub.call('GET', '/events?limit=1000'));
  expect(JSON.stringify(feed)).not.toMatch(/Salary|nobody else/);
});

it('a mailbox is its owner’s alone: another rep gets a 404 for it, its ledger, its change and its end', async () => {
  for (const [method, path, payload] of [
    ['GET', `/mailboxes/${mailboxId}`],
    ['GET', `/mailboxes/${mailboxId}/ledger`],
    ['PATCH', `/mailboxes/${mailboxId}`, { visibility: 'everything' }],
    ['DELETE', `/mailboxes/${mailboxId}`],
  ] as const) {
    const answer = await hub.call(method, path, { key: other.key, ...(payload === undefined ? {} : { body: payload }) });
    expect(answer).toMatchObject({ status: 404, body: { code: 'mailbox_not_found' } });
  }
});

it('refuses a mailbox that is connected already, and settings that make no sense', async () => {
  const twice = await hub.call('POST', '/mailboxes', { body: mailboxBody(dovecot, OLIVIA.toUpperCase()), key: other.key });
  expect(twice).toMatchObject({ status: 409, body: { code: 'mailbox_exists' } });
  const wrong = await hub.call('POST', '/mailboxes', {
    body: { ...mailboxBody(dovecot, 'new@x.example'), imap: { host: 'h', port: 0 } },
  });
  expect(wrong.status).toBe(400);
  expect(wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain('/imap/port');
  expect((await hub.call('POST', '/mailboxes', { body: mailboxBody(dovecot, 'n@x.example'), key: null })).status).toBe(401);
});
