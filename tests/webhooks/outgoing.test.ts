import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createContact } from '../../src/contacts/contacts.ts';
import { causedBy, rowsOf, systemActor, transact } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { presets } from '../../src/webhooks/presets.ts';
import { verifySignature } from '../../src/webhooks/signature.rules.ts';
import { consumers } from '../../workers/relay.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';

let hub: Hub;
let receiver: Receiver;
/** What the hub's clock is ahead of the real one; retries are hours apart. */
let aheadMs = 0;

beforeAll(async () => {
  hub = await startHub({
    jobs: {},
    consumers,
    config: { allowPrivateHosts: ['127.0.0.1'] },
    now: () => new Date(Date.now() + aheadMs),
  });
});
afterAll(() => hub.stop());
beforeEach(async () => {
  aheadMs = 0;
  receiver = await startReceiver();
  return () => receiver.close();
});

interface Endpoint {
  id: string;
  secret: string;
}

async function anEndpoint(options: { eventTypes?: string[]; key?: string } = {}): Promise<Endpoint> {
  const { key, eventTypes = ['contact.created'] } = options;
  const made = await hub.call('POST', '/webhook-endpoints', {
    body: { url: receiver.url, eventTypes },
    ...(key === undefined ? {} : { key }),
  });
  expect(made).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/), disabledAt: null } });
  return made.body;
}

let people = 0;
const aContact = () => hub.call('POST', '/contacts', { body: { firstName: 'Ann', email: `ann${people++}@out.example` } });
const deliveriesOf = async (id: string) => (await hub.call('GET', `/webhook-endpoints/${id}/deliveries`)).body.data;
const attemptsOf = async (id: string) => (await hub.call('GET', `/webhook-deliveries/${id}/attempts`)).body.data;
const settledOne = async (endpointId: string) => {
  const [delivery] = await deliveriesOf(endpointId);
  return delivery !== undefined && delivery.state !== 'pending' && delivery;
};
const settled = (endpointId: string) => eventually(() => settledOne(endpointId));

/** Lets the pauses between attempts pass: the schedule's times come to be over. */
const passPauses = () =>
  hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`update webhook_deliveries set next_attempt_at = now() - interval '3 seconds' where state = 'pending'`);
    await rowsOf(ctx, SQL`update jobs set run_at = now() - interval '3 seconds' where queue = 'webhook-out'`);
  });

/** Waits for a fact without the pauses. Once is not enough: an attempt is noted before its job gets the time of the next one. */
const hurry = <T>(fact: () => Promise<T>) =>
  eventually(async () => {
    await passPauses();
    return fact();
  });

const isGenuine = (call: Received, secret: string) =>
  verifySignature(presets.standard, {
    rawBody: Buffer.from(call.body),
    headers: call.headers,
    secrets: [secret],
    now: new Date(),
  }).ok;

it('tells an endpoint of an event, signed, with type, time and data', async () => {
  const endpoint = await anEndpoint();
  const contact = await aContact();
  const delivery = await settled(endpoint.id);
  expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, lastStatus: 204, lastError: null, nextAttemptAt: null });
  const [call] = receiver.calls;
  expect(isGenuine(call!, endpoint.secret)).toBe(true);
  expect(call?.headers).toMatchObject({ 'webhook-id': delivery.eventId, 'content-type': 'application/json' });
  expect(JSON.parse(call!.body)).toEqual({
    type: 'contact.created',
    timestamp: expect.stringMatching(/Z$/),
    data: expect.objectContaining({ contactId: contact.body.id }),
  });
  expect(receiver.calls).toHaveLength(1);
  expect(await attemptsOf(delivery.id)).toMatchObject([{ status: 204, error: null, response: '' }]);
});

it('tries again after a 500 with the same webhook-id and body, and lists every attempt', async () => {
  const endpoint = await anEndpoint();
  receiver.answers.push({ status: 500, body: 'x'.repeat(20_000) }, { status: 302, headers: { location: 'http://127.0.0.1:1/' } });
  await aContact();
  const delivery = await hurry(() => settledOne(endpoint.id));
  expect(delivery).toMatchObject({ state: 'delivered', attempts: 3 });
  expect(new Set(receiver.calls.map((call) => call.headers['webhook-id']))).toEqual(new Set([delivery.eventId]));
  expect(new Set(receiver.calls.map((call) => call.body)).size).toBe(1);
  const attempts = await attemptsOf(delivery.id);
  expect(attempts).toMatchObject([
    { status: 204, error: null },
    { status: 302, error: 'answered 302; redirects are not followed' },
    { status: 500, error: 'answered 500', responseTruncated: true },
  ]);
  expect(attempts[2].response).toHaveLength(16_384);
  expect((await hub.call('GET', `/webhook-endpoints/${endpoint.id}`)).body).toMatchObject({ failingSince: null });
});

it('waits as long as Retry-After says', async () => {
  const endpoint = await anEndpoint();
  receiver.answers.push({ status: 503, headers: { 'retry-after': '7200' } });
  const begun = Date.now();
  await aContact();
  const waiting = await eventually(async () => {
    const [delivery] = await deliveriesOf(endpoint.id);
    return delivery?.attempts === 1 && delivery;
  });
  expect(Date.parse(waiting.nextAttemptAt)).toBeGreaterThanOrEqual(begun + 7_200_000);
  expect(receiver.calls).toHaveLength(1);
});

it('gives up when the schedule is over, and can be asked to send once more', async () => {
  const endpoint = await anEndpoint();
  receiver.answers.push({ status: 500 }, { status: 500 });
  await aContact();
  const [first] = await eventually(async () => {
    const all = await deliveriesOf(endpoint.id);
    return all[0]?.attempts === 1 && all;
  });
  await hub.deed((ctx) => rowsOf(ctx, SQL`update webhook_deliveries set attempts = 11 where id = ${first.id}`));
  expect(await hurry(() => settledOne(endpoint.id))).toMatchObject({ state: 'failed', attempts: 12, lastError: 'answered 500' });
  expect(await hub.call('POST', `/webhook-deliveries/${first.id}/redeliver`)).toMatchObject({
    status: 202,
    body: { state: 'pending', attempts: 0 },
  });
  expect(await settled(endpoint.id)).toMatchObject({ state: 'delivered', attempts: 1 });
  expect(new Set(receiver.calls.map((call) => call.headers['webhook-id'])).size).toBe(1);
});

it('switches an endpoint off that answers 410, and one that has failed for five days', async () => {
  const gone = await anEndpoint();
  receiver.answers.push({ status: 410 });
  await aContact();
  expect(await settled(gone.id)).toMatchObject({ state: 'gone', lastStatus: 410 });
  const disabled = await hub.call('GET', `/webhook-endpoints/${gone.id}`);
  expect(disabled.body).toMatchObject({ disabledAt: expect.any(String), disabledReason: 'gone' });
  await hub.call('PATCH', `/webhook-endpoints/${gone.id}`, { body: { disabled: false } });
  receiver.answers.push({ status: 500 }, { status: 500 });
  await aContact();
  await eventually(async () => (await hub.call('GET', `/webhook-endpoints/${gone.id}`)).body.failingSince !== null);
  aheadMs = 6 * 86_400_000;
  await hurry(async () => (await hub.call('GET', `/webhook-endpoints/${gone.id}`)).body.disabledReason === 'failing');
  const [delivery] = await deliveriesOf(gone.id);
  const refused = await hub.call('POST', `/webhook-deliveries/${delivery.id}/redeliver`);
  expect(refused).toMatchObject({ status: 409, body: { code: 'webhook_endpoint_disabled' } });
});

it('notes why there was no answer', async () => {
  const endpoint = await anEndpoint();
  await receiver.close();
  await aContact();
  const attempts = await eventually(async () => {
    const [delivery] = await deliveriesOf(endpoint.id);
    const found = delivery === undefined ? [] : await attemptsOf(delivery.id);
    return found.length > 0 && found;
  });
  expect(attempts).toMatchObject([{ status: null, error: expect.stringMatching(/^unreachable: ECONNREFUSED/), response: null }]);
});

it('sends only the types asked for, nothing of the past, and nothing its owner may not read', async () => {
  const one = await anEndpoint({ eventTypes: ['contact.deleted'] });
  const all = await hub.call('POST', '/webhook-endpoints', { body: { url: receiver.url } });
  const repKey = await hub.call('POST', '/keys', { body: { name: `rep ${people}`, role: 'rep' } });
  const asRep = await hub.deed(async (ctx) => {
    await rowsOf(
      ctx,
      SQL`update roles set permissions = permissions || '{"webhook_endpoint":{"create":"all","read":"all"}}' where key = 'rep'`,
    );
    return repKey.body.key as string;
  });
  const limited = await hub.call('POST', '/webhook-endpoints', { body: { url: receiver.url }, key: asRep });
  expect(limited.status).toBe(201);
  const history = causedBy({ id: one.id, correlationId: one.id, origin: 'history' }, { kind: 'job' });
  await transact(hub.services, { actor: systemActor, cause: history }, (ctx) => createContact(ctx, { firstName: 'Past' }));
  await hub.call('POST', '/keys', { body: { name: `another ${people}`, role: 'rep' } });
  const contact = await aContact();
  await hub.call('DELETE', `/contacts/${contact.body.id}`);
  await eventually(async () => (await deliveriesOf(one.id)).some((d: { state: string }) => d.state === 'delivered'));
  const types = async (id: string) => (await deliveriesOf(id)).map((d: { eventType: string }) => d.eventType).reverse();
  expect(await types(one.id)).toEqual(['contact.deleted']);
  expect(await types(all.body.id)).toEqual(
    expect.arrayContaining(['webhook_endpoint.created', 'api_key.created', 'contact.created', 'contact.deleted']),
  );
  expect(await types(limited.body.id)).toEqual(['webhook_endpoint.created', 'contact.created', 'contact.deleted']);
  for (const { body } of [all, limited]) await hub.call('DELETE', `/webhook-endpoints/${body.id}`);
});

it('sends a test event, and signs with both secrets during a rotation', async () => {
  const endpoint = await anEndpoint();
  const rotated = await hub.call('POST', `/webhook-endpoints/${endpoint.id}/rotate-secret`);
  const sent = await hub.call('POST', `/webhook-endpoints/${endpoint.id}/test`);
  expect(sent).toMatchObject({ status: 202, body: { eventType: 'webhook.test', state: 'pending' } });
  await settled(endpoint.id);
  const [call] = receiver.calls;
  expect([isGenuine(call!, endpoint.secret), isGenuine(call!, rotated.body.secret)]).toEqual([true, true]);
  expect(JSON.parse(call!.body)).toMatchObject({ type: 'webhook.test', data: { endpointId: endpoint.id } });
});

it.each([
  ['http://10.0.0.1/', 'host_refused', 'ALLOW_PRIVATE_HOSTS'],
  ['https://169.254.169.254/latest', 'host_refused', 'ALLOW_PRIVATE_HOSTS'],
  ['https://[::ffff:127.0.0.1]/', 'host_refused', 'ALLOW_PRIVATE_HOSTS'],
  ['https://0x7f.2/', 'host_refused', 'ALLOW_PRIVATE_HOSTS'],
  ['http://93.184.215.14/', 'https_required', 'https://'],
  ['https://user:pw@93.184.215.14/', 'url_with_password', 'password'],
  ['https://nowhere.invalid/', 'host_unknown', 'cannot be resolved'],
  ['ftp://93.184.215.14/', 'invalid_format', 'address'],
  ['nonsense', 'invalid_format', 'address'],
])('refuses to subscribe %s: %s', async (url, code, words) => {
  const refused = await hub.call('POST', '/webhook-endpoints', { body: { url } });
  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/url', code, message: expect.stringContaining(words) }] },
  });
});

it('refuses an unknown event type by its place', async () => {
  const refused = await hub.call('POST', '/webhook-endpoints', {
    body: { url: 'https://93.184.215.14/', eventTypes: ['contact.created', 'contact.sneezed'] },
  });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/eventTypes/1', code: 'unknown_event_type' }] } });
});

it('an endpoint sees what its owner sees: their own records, without the fields that their role hides', async () => {
  const own = { create: 'own', read: 'own', edit: 'own' };
  const permissions = { contact: own, webhook_endpoint: own, event: { read: 'all' } };
  const fields = { contact: { phone: 'hidden' } };
  await hub.call('POST', '/roles', { body: { key: 'scout', name: 'Scout', permissions, fields } });
  const scout = await hub.aUser('scout');
  const endpoint = await anEndpoint({ key: scout.key });
  await aContact();
  const mine = await hub.call('POST', '/contacts', { body: { firstName: 'Ann', phone: '5550100', ownerId: scout.id } });
  const [delivery] = await eventually(async () => receiver.calls.length > 0 && receiver.calls);
  expect(JSON.parse(delivery?.body ?? '').data.contactId).toBe(mine.body.id);
  expect(delivery?.body).not.toMatch(/phone|5550100/);
  expect((await settled(endpoint.id)).state).toBe('delivered');
  expect(await deliveriesOf(endpoint.id)).toHaveLength(1);
});
