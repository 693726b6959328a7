import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { aSource, deliver, githubSignature, processed } from './senders.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ jobs: {}, consumers: [] });
});
afterAll(() => hub.stop());

const count = async (table: string): Promise<number> =>
  hub.deed(async (ctx) => (await rowsOf<{ n: number }>(ctx, SQL`select count(*)::int as n from ${SQL.table(table)}`))[0]?.n ?? 0);

const jobIds = async (): Promise<Set<string>> =>
  hub.deed(async (ctx) => new Set((await rowsOf<{ id: string }>(ctx, SQL`select id from jobs`)).map(({ id }) => id)));

it('turns a signed delivery into a contact with its company and an entry on its timeline', async () => {
  const source = await aSource(hub);
  expect(source.url).toBe(`http://localhost:80/hooks/${source.id}`);
  const payload = { email: 'Ann@shop.example', first: 'Ann', last: 'Lee', company: 'Acme', item: 'a lamp', note: 'blue' };
  const taken = await deliver(hub, source, payload);
  expect(taken).toMatchObject({ status: 202, body: { receiptId: expect.any(String) } });
  const receipt = await processed(hub, taken.body.receiptId);
  expect(receipt.body).toMatchObject({ state: 'done', error: null, mappingVersion: 1, body: JSON.stringify(payload) });
  const contact = await hub.call('GET', `/contacts/${receipt.body.contactId}`);
  expect(contact.body).toMatchObject({ name: 'Ann Lee', email: 'Ann@shop.example', companyName: 'Acme' });
  const timeline = await hub.call('GET', `/contacts/${receipt.body.contactId}/timeline`);
  expect(timeline.body.data).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'webhook', subject: 'Ordered a lamp', description: 'blue', source: 'webhook' }),
    ]),
  );
});

it('updates the contact it finds by address, changing only what the payload says', async () => {
  const made = await hub.call('POST', '/contacts', {
    body: { firstName: 'Bo', lastName: 'Ek', email: 'bo@ek.example', title: 'CEO' },
  });
  const source = await aSource(hub);
  const taken = await deliver(hub, source, { email: 'BO@ek.example', last: 'Eklund', item: 'x' });
  expect((await processed(hub, taken.body.receiptId)).body.contactId).toBe(made.body.id);
  const contact = await hub.call('GET', `/contacts/${made.body.id}`);
  expect(contact.body).toMatchObject({ firstName: 'Bo', lastName: 'Eklund', title: 'CEO', email: 'bo@ek.example' });
});

it('finds a contact by phone when the payload has no address', async () => {
  const made = await hub.call('POST', '/contacts', { body: { firstName: 'Cy', mobile: '+49 30 901820' } });
  const source = await aSource(hub);
  const taken = await deliver(hub, source, { phone: '+4930901820', item: 'x' });
  expect((await processed(hub, taken.body.receiptId)).body.contactId).toBe(made.body.id);
});

it('makes one contact of many deliveries at once about the same new person', async () => {
  const source = await aSource(hub);
  const sent = Array.from({ length: 12 }, (_, n) => deliver(hub, source, { email: 'dup@crowd.example', item: `thing ${n}` }));
  const receipts = await Promise.all((await Promise.all(sent)).map((answer) => processed(hub, answer.body.receiptId)));
  expect(receipts.map(({ body }) => body.state)).toEqual(Array(12).fill('done'));
  expect(new Set(receipts.map(({ body }) => body.contactId)).size).toBe(1);
  expect(new Set(receipts.map(({ body }) => body.activityId)).size).toBe(12);
});

it('answers a repeated delivery with the first receipt, also when both come at once, and changes nothing', async () => {
  const source = await aSource(hub);
  const payload = { email: 'rep@eat.example', item: 'x' };
  const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(hub, source, payload, { id: 'msg_same' })));
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
  expect(new Set(answers.map(({ body }) => body.receiptId)).size).toBe(1);
  const before = await processed(hub, answers[0]!.body.receiptId);
  const activities = await count('activities');
  const again = await deliver(hub, source, { ...payload, item: 'y' }, { id: 'msg_same' });
  expect(again.body.receiptId).toBe(before.body.id);
  expect((await hub.call('GET', `/webhook-sources/${source.id}/receipts`)).body.data).toHaveLength(1);
  expect(await count('activities')).toBe(activities);
});

it('takes the same bytes within ten minutes for a repetition where the sender gives no id', async () => {
  const source = await aSource(hub, { preset: 'token' });
  const send = (item: string) =>
    hub.call('POST', `//hooks/${source.id}`, {
      key: source.secret,
      body: JSON.stringify({ email: 'tok@en.example', item }),
      headers: { 'content-type': 'application/json' },
    });
  const [first, second, other] = [await send('x'), await send('x'), await send('y')];
  expect(second.body.receiptId).toBe(first.body.receiptId);
  expect(other.body.receiptId).not.toBe(first.body.receiptId);
});

it('takes in what GitHub signs, and forms', async () => {
  const source = await aSource(hub, {
    preset: 'github',
    mapping: '{ "contact": { "email": email }, "activity": { "subject": $headers."x-github-event" } }',
  });
  const body = new URLSearchParams({ email: 'octo@cat.example' }).toString();
  const taken = await hub.call('POST', `//hooks/${source.id}`, {
    key: null,
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-hub-signature-256': githubSignature(source.secret, body),
      'x-github-delivery': 'd1',
      'x-github-event': 'push',
    },
  });
  expect(taken.status).toBe(202);
  expect((await processed(hub, taken.body.receiptId)).body).toMatchObject({ state: 'done' });
});

it.each([
  ['a wrong signature', { secret: `whsec_${randomBytes(32).toString('base64')}` }, 'mismatch'],
  ['an old timestamp', { at: new Date(Date.now() - 6 * 60_000) }, 'stale'],
  ['a timestamp of the future', { at: new Date(Date.now() + 6 * 60_000) }, 'stale'],
  ['no signature', { headers: { 'webhook-signature': '' } }, 'missing_header'],
])('refuses %s with 401, and keeps a sample and nothing else', async (_what, sending, reason) => {
  const source = await aSource(hub);
  const [receipts, jobs] = [await count('webhook_receipts'), await jobIds()];
  const refused = await deliver(hub, source, { email: 'eve@il.example', item: 'é' }, sending);
  expect(refused).toMatchObject({ status: 401, body: { code: 'signature_invalid', reason } });
  const samples = await hub.call('GET', `/webhook-sources/${source.id}/rejections`);
  expect(samples.body.data).toMatchObject([{ reason, body: expect.stringContaining('eve@il.example') }]);
  expect(await count('webhook_receipts')).toBe(receipts);
  // Those of earlier deliveries may have ended meanwhile.
  expect([...(await jobIds())].filter((id) => !jobs.has(id))).toEqual([]);
});

it('keeps only the newest samples of what was refused', async () => {
  const source = await aSource(hub);
  await Promise.all(Array.from({ length: 40 }, () => deliver(hub, source, {}, { headers: { 'webhook-signature': 'v1,AAAA' } })));
  const samples = await hub.call('GET', `/webhook-sources/${source.id}/rejections`);
  expect(samples.body.data.length).toBeGreaterThan(0);
  expect(samples.body.data.length).toBeLessThanOrEqual(20);
});

it('answers 404 for an unknown or deleted source, 410 for one switched off, 413 for a huge body', async () => {
  const source = await aSource(hub);
  const unknown = { ...source, id: '01234567-89ab-7def-8123-456789abcdef' };
  expect(await deliver(hub, unknown, {})).toMatchObject({ status: 404, body: { code: 'webhook_source_not_found' } });
  expect(await deliver(hub, { ...source, id: 'nonsense' }, {})).toMatchObject({ status: 400 });
  expect(await deliver(hub, source, 'x'.repeat(1_048_577))).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  expect((await deliver(hub, source, { email: 'a@b.example', item: 'x' })).status).toBe(202);
  await hub.call('PATCH', `/webhook-sources/${source.id}`, { body: { disabled: true } });
  expect(await deliver(hub, source, {})).toMatchObject({ status: 410, body: { code: 'webhook_source_disabled' } });
  await hub.call('PATCH', `/webhook-sources/${source.id}`, { body: { disabled: false } });
  expect((await deliver(hub, source, { email: 'c@d.example', item: 'x' })).status).toBe(202);
  expect((await hub.call('DELETE', `/webhook-sources/${source.id}`)).status).toBe(204);
  expect(await deliver(hub, source, {})).toMatchObject({ status: 404 });
});

it('takes the old secret for a day after a rotation, and shows neither again', async () => {
  const source = await aSource(hub);
  await deliver(hub, source, { email: 'r@o.example', item: 'x' });
  const rotated = await hub.call('POST', `/webhook-sources/${source.id}/rotate-secret`);
  expect(rotated.body.secret).not.toBe(source.secret);
  expect((await deliver(hub, source, { email: 'r@o.example', item: 'old' })).status).toBe(202);
  expect((await deliver(hub, { ...source, secret: rotated.body.secret }, { email: 'r@o.example', item: 'new' })).status).toBe(
    202,
  );
  expect((await hub.call('GET', `/webhook-sources/${source.id}`)).body).not.toHaveProperty('secret');
});

it('says of a payload that is nested too deeply to be mapped that it is', async () => {
  const source = await aSource(hub);
  const { receiptId } = (await deliver(hub, source, `${'['.repeat(100_000)}${']'.repeat(100_000)}`)).body;
  expect((await processed(hub, receiptId)).body).toMatchObject({ state: 'failed', error: expect.stringContaining('100 levels') });
});
