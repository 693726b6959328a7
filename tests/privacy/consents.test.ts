import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { openQueues, type Queues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let queues: Queues | undefined;
beforeAll(async () => {
  hub = await startHub({ consumers: [], ports: { queues: { wake: (...args) => queues?.wake(...args) } } });
});
afterAll(() => hub.stop());

const put = (contactId: string, purpose: string, body: object, key = hub.admin.key) =>
  hub.call('PUT', `/contacts/${contactId}/consents/${purpose}`, { body, key });

/** A mailbox of the admin's whose server is not there. */
async function aMailbox(): Promise<string> {
  const id = newId();
  const server = JSON.stringify({ host: '127.0.0.1', port: 9, security: 'none', username: 'u', authType: 'password' });
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, state, create_contacts, visibility, created_at, updated_at)
          values (${id}, ${hub.admin.id}, ${`${id}@acme.test`}, ${`${id}@acme.test`}, ${server}, ${server}, 'live', 'sent', 'metadata', ${ctx.now}, ${ctx.now})`,
    ),
  );
  return id;
}

it('keeps what may be done for which purpose, on which basis, since when and how that is known', async () => {
  const { id } = await aContact(hub);
  expect((await hub.call('GET', `/contacts/${id}/consents`)).body).toEqual({ data: [] });
  const given = { status: 'given', basis: 'consent', source: 'Form at the fair', since: '2026-03-01T10:00:00Z' };
  const set = await put(id, 'newsletter', given);
  expect(set).toMatchObject({
    status: 200,
    body: { data: [{ ...given, purpose: 'newsletter', since: '2026-03-01T10:00:00.000Z', recordedBy: hub.admin.id }] },
  });
  await put(id, 'invoices', { status: 'given', basis: 'contract' });
  const withdrawn = await put(id, 'newsletter', { status: 'withdrawn', source: 'By telephone' });
  expect(withdrawn.body.data).toMatchObject([
    { purpose: 'invoices', basis: 'contract', status: 'given' },
    { purpose: 'newsletter', basis: 'consent', status: 'withdrawn', source: 'By telephone' },
  ]);
  const history = await hub.call('GET', `/contacts/${id}/history`);
  const [last] = history.body.data;
  expect(last).toMatchObject({ type: 'contact.consent_changed', actor: { id: expect.any(String) } });
  expect(last.changes).toContainEqual({ field: 'consents.newsletter.status', from: 'given', to: 'withdrawn' });
});

it('says nothing in the log when nothing changes', async () => {
  const { id } = await aContact(hub);
  const events = async () => (await hub.call('GET', `/contacts/${id}/history`)).body.data.length;
  await put(id, 'newsletter', { status: 'given' });
  const before = await events();
  expect((await put(id, 'newsletter', { status: 'given' })).status).toBe(200);
  expect(await events()).toBe(before);
});

it('refuses what is no purpose, status or basis, and who may not edit the contact', async () => {
  const { id } = await aContact(hub);
  expect((await put(id, 'News letter', { status: 'given' })).status).toBe(400);
  expect(await put(id, 'news', { status: 'maybe' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/status' }] } });
  expect(await put(id, 'news', { status: 'given', basis: 'habit' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/basis' }] },
  });
  expect(await put(id, 'news', { status: 'given', since: '2999-01-01T00:00:00Z' })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/since', code: 'in_the_future' }] },
  });
  expect((await put(newId(), 'news', { status: 'given' })).status).toBe(404);
  const rep = await hub.aRep();
  expect((await put(id, 'news', { status: 'given' }, rep.key)).status).toBe(403);
});

it('nothing is sent to who wants no mail, at any of their addresses, and the refusal names each', async () => {
  const mailboxId = await aMailbox();
  const never = await aContact(hub, {
    email: 'never@client.example',
    otherEmails: ['never.too@client.example'],
    doNotEmail: true,
  });
  const gone = await aContact(hub, { email: 'gone@client.example' });
  await put(gone.id, 'email', { status: 'withdrawn' });
  expect((await hub.call('GET', `/contacts/${gone.id}`)).body.unsubscribedAt).toEqual(expect.any(String));
  const send = (to: string[], cc: string[] = []) =>
    hub.call('POST', '/messages', { body: { mailboxId, to, cc, subject: 'Offer', text: 'Buy' } });
  expect(await send(['open@client.example', 'Gone@client.example'], ['never.too@client.example'])).toMatchObject({
    status: 409,
    body: {
      code: 'unsubscribed',
      errors: [
        { pointer: '/to/1', code: 'unsubscribed', message: expect.stringContaining('gone@client.example') },
        { pointer: '/cc/0', code: 'do_not_email' },
      ],
    },
  });
  await put(gone.id, 'email', { status: 'given', source: 'Asked for the offer' });
  await hub.call('PATCH', `/contacts/${never.id}`, { body: { doNotEmail: false } });
  expect((await send(['gone@client.example'], ['never@client.example'])).status).toBe(201);
});

it('heeds what a contact wanted who is deleted, until another one has their address', async () => {
  const mailboxId = await aMailbox();
  const email = 'left@client.example';
  const { id } = await aContact(hub, { email, doNotEmail: true });
  expect((await hub.call('DELETE', `/contacts/${id}`)).status).toBe(204);
  const send = () => hub.call('POST', '/messages', { body: { mailboxId, to: [email], subject: 'Offer', text: 'Buy' } });
  expect((await send()).body).toMatchObject({ code: 'do_not_email', errors: [{ pointer: '/to/0' }] });
  await aContact(hub, { email });
  expect((await send()).status).toBe(201);
});

it('says since when a contact is not to be written to, whichever way they said so', async () => {
  const made = await aContact(hub, { doNotEmail: true });
  expect(made.unsubscribedAt).toBe(made.createdAt);
  const unsubscribedAt = async () => (await hub.call('GET', `/contacts/${made.id}`)).body.unsubscribedAt;
  await put(made.id, 'email', { status: 'withdrawn', since: '2026-03-01T10:00:00Z' });
  expect(await unsubscribedAt()).toBe(made.createdAt);
  const back = await hub.call('PATCH', `/contacts/${made.id}`, { body: { doNotEmail: false } });
  expect(back.body).toMatchObject({ unsubscribedAt: '2026-03-01T10:00:00.000Z', version: 2 });
  await put(made.id, 'email', { status: 'given' });
  expect(await unsubscribedAt()).toBeNull();
  const again = await hub.call('PATCH', `/contacts/${made.id}`, { body: { doNotEmail: true } });
  expect(again.body.unsubscribedAt).toBe(again.body.updatedAt);
});

it('what waits to be sent is not sent to who has come to want no mail meanwhile', async () => {
  const mailboxId = await aMailbox();
  const { id } = await aContact(hub, { email: 'later@client.example' });
  const body = { mailboxId, to: ['later@client.example'], subject: 'Offer', text: 'Buy' };
  const { body: message } = await hub.call('POST', '/messages', { body });
  expect(message.send.state).toBe('queued');
  await hub.call('PATCH', `/contacts/${id}`, { body: { doNotEmail: true } });
  queues = openQueues({ databaseUrl: hub.database.url, redisUrl: undefined, log: hub.services.log });
  const jobs = await startJobs(hub.services, queues);
  onTestFinished(async () => {
    await jobs.stop();
    await queues?.close();
  });
  const settled = await eventually(async () => {
    const { body: now } = await hub.call('GET', `/messages/${message.id}`);
    return now.send.state === 'failed' && now;
  });
  expect(settled.send).toMatchObject({ errorCode: 'do_not_email', error: expect.stringContaining('later@client.example') });
});
