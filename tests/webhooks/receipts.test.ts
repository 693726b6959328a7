import { afterAll, beforeAll, expect, it } from 'vitest';
import { openQueues } from '../../src/queues.ts';
import { startJobs } from '../../workers/jobs.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { aSource, deliver, personMapping, processed } from './senders.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ jobs: {}, consumers: [] });
});
afterAll(() => hub.stop());

it('refuses a mapping that is no JSONata, naming the field and the place', async () => {
  const made = await hub.call('POST', '/webhook-sources', { body: { name: 'x', preset: 'hmac', mapping: '{ "contact": ' } });
  expect(made).toMatchObject({ status: 400, body: { errors: [{ pointer: '/mapping', code: 'invalid_mapping' }] } });
  const source = await aSource(hub);
  const edited = await hub.call('PATCH', `/webhook-sources/${source.id}`, { body: { mapping: 'a b' } });
  expect(edited).toMatchObject({ status: 400, body: { errors: [{ pointer: '/mapping' }] } });
});

it.each([
  ['finds nothing', 'nothing.here', {}, 'the mapping found nothing'],
  ['yields what cannot be used', '{ "contact": { "email": e } }', { e: 'nobody' }, 'contact.email must be an e-mail address'],
  ['stops', '$toMillis(5)', {}, 'The mapping stopped (error)'],
  ['never ends', '($f := function($x) { $f($x + 1) }; $f(1))', {}, 'The mapping stopped (timeout)'],
  [
    'names an unknown type of activity',
    '{ "contact": { "email": "t@y.example" }, "activity": { "type": "nonesuch", "subject": "x" } }',
    {},
    'type points to a record that does not exist',
  ],
])('shows on the receipt why a mapping that %s could not be used', async (_what, mapping, payload, reason) => {
  const source = await aSource(hub, { mapping });
  const taken = await deliver(hub, source, payload);
  const receipt = await processed(hub, taken.body.receiptId);
  expect(receipt.body).toMatchObject({ state: 'failed', error: expect.stringContaining(reason), contactId: null });
  const failed = await hub.call('GET', `/webhook-sources/${source.id}/receipts?state=failed`);
  expect(failed.body.data).toMatchObject([{ id: taken.body.receiptId }]);
});

it('shows a payload that is neither JSON nor a form as failed', async () => {
  const source = await aSource(hub);
  const taken = await deliver(hub, source, '<xml/>');
  expect((await processed(hub, taken.body.receiptId)).body).toMatchObject({
    state: 'failed',
    error: 'The payload is neither JSON nor a form.',
  });
});

it('processes text that Postgres cannot store, and says so when the mapping quotes it', async () => {
  const item = 'a\u0000b\ud800';
  const plain = await deliver(hub, await aSource(hub), { email: 'nul@text.example', item, note: item });
  expect((await processed(hub, plain.body.receiptId)).body).toMatchObject({ state: 'done', error: null });
  const quoting = await aSource(hub, { mapping: '$error("cannot use " & item)' });
  const taken = await deliver(hub, quoting, { item });
  expect((await processed(hub, taken.body.receiptId)).body).toMatchObject({
    state: 'failed',
    error: expect.stringContaining('cannot use ab'),
  });
});

it('passes over what the mapping says to skip, with its reason', async () => {
  const source = await aSource(hub, { mapping: '{ "skip": "a test event" }' });
  const taken = await deliver(hub, source, {});
  expect((await processed(hub, taken.body.receiptId)).body).toMatchObject({ state: 'skipped', error: 'a test event' });
});

it('replays a failed receipt through the mended mapping', async () => {
  const source = await aSource(hub, { mapping: '{ "contact": { "email": mail } }' });
  const taken = await deliver(hub, source, { email: 'men@ded.example', item: 'x' });
  const { receiptId } = taken.body;
  expect((await processed(hub, receiptId)).body.state).toBe('failed');
  const mended = await hub.call('PATCH', `/webhook-sources/${source.id}`, {
    body: { mapping: personMapping },
    headers: { 'if-match': '"v1"' },
  });
  expect(mended.body).toMatchObject({ mappingVersion: 2, version: 2 });
  expect(await hub.call('POST', `/webhook-receipts/${receiptId}/replay`)).toMatchObject({ status: 202 });
  expect((await processed(hub, receiptId)).body).toMatchObject({ state: 'done', mappingVersion: 2, error: null });
});

it('never makes a second activity when a receipt is replayed', async () => {
  const source = await aSource(hub);
  const { receiptId } = (await deliver(hub, source, { email: 'once@only.example', item: 'x' })).body;
  const first = await processed(hub, receiptId);
  for (let round = 0; round < 3; round++) {
    expect((await hub.call('POST', `/webhook-receipts/${receiptId}/replay`)).status).toBe(202);
    expect((await processed(hub, receiptId)).body.activityId).toBe(first.body.activityId);
  }
  const timeline = await hub.call('GET', `/contacts/${first.body.contactId}/timeline`);
  expect(timeline.body.data.filter((entry: { type: string }) => entry.type === 'webhook')).toHaveLength(1);
});

it('leads every change back to its receipt, by the integration that made it', async () => {
  const source = await aSource(hub);
  const { receiptId } = (await deliver(hub, source, { email: 'chain@root.example', item: 'x' })).body;
  await processed(hub, receiptId);
  const chain = await eventually(async () => {
    const feed = await hub.call('GET', '/events?limit=1000');
    const events = feed.body.data.filter((event: { correlationId: string }) => event.correlationId === receiptId);
    return events.length === 3 && events;
  });
  expect(chain.map((event: { type: string }) => event.type)).toEqual(['contact.created', 'activity.logged', 'webhook.received']);
  for (const event of chain) expect(event).toMatchObject({ causeId: receiptId, actor: { kind: 'integration', id: source.id } });
});

it('processes after a restart what was taken in before the process died', async () => {
  const crashed = await startHub();
  const source = await aSource(crashed);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => deliver(crashed, source, { email: `left${n}@over.example`, item: 'x' })),
  );
  const { services, database } = crashed;
  const queues = openQueues({ databaseUrl: database.url, redisUrl: undefined, log: services.log });
  const jobs = await startJobs({ ...services, ports: { ...services.ports, queues } }, queues);
  for (const { body } of answers) expect((await processed(crashed, body.receiptId)).body.state).toBe('done');
  await jobs.stop();
  await queues.close();
  await crashed.stop();
});

it('is for those who may: a rep gets 403, a stranger 401', async () => {
  const source = await aSource(hub);
  const rep = await hub.aRep();
  for (const [method, path] of [
    ['GET', '/webhook-sources'],
    ['GET', `/webhook-sources/${source.id}`],
    ['GET', `/webhook-sources/${source.id}/receipts`],
    ['GET', `/webhook-sources/${source.id}/rejections`],
    ['DELETE', `/webhook-sources/${source.id}`],
    ['POST', `/webhook-receipts/${source.id}/replay`],
    ['GET', '/webhook-endpoints'],
  ] as const) {
    expect((await hub.call(method, path, { key: rep.key })).status, `${method} ${path}`).toBe(403);
    expect((await hub.call(method, path, { key: null })).status, `${method} ${path}`).toBe(401);
  }
});

it.each([
  [{ name: 'x', preset: 'stripe', mapping: 'a' }, '/preset'],
  [{ name: '', preset: 'hmac', mapping: 'a' }, '/name'],
  [{ name: 'x', preset: 'hmac' }, '/mapping'],
  [{ name: 'x', preset: 'hmac', mapping: 'a', scheme: { header: 'Upper' } }, '/scheme/header'],
  [{ name: 'x', preset: 'hmac', mapping: 'a', secret: 'short' }, '/secret'],
  [{ name: 'x', preset: 'hmac', mapping: 'a', more: 1 }, '/more'],
])('refuses %j at %s', async (body, pointer) => {
  const refused = await hub.call('POST', '/webhook-sources', { body });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
});

it('answers 404 where there is no such source or receipt', async () => {
  const id = '01234567-89ab-7def-8123-456789abcdef';
  for (const [method, path] of [
    ['GET', `/webhook-sources/${id}`],
    ['PATCH', `/webhook-sources/${id}`],
    ['DELETE', `/webhook-sources/${id}`],
    ['GET', `/webhook-sources/${id}/receipts`],
    ['GET', `/webhook-receipts/${id}`],
    ['POST', `/webhook-receipts/${id}/replay`],
    ['POST', `/webhook-sources/${id}/rotate-secret`],
  ] as const) {
    const body = method === 'PATCH' ? { name: 'x' } : undefined;
    expect((await hub.call(method, path, { body })).status, `${method} ${path}`).toBe(404);
  }
});
