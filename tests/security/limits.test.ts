import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let clock = new Date();
beforeAll(async () => {
  hub = await startHub({ config: { rateLimitCaller: 5, rateLimitAddress: 3 }, now: () => clock, statementTimeoutMs: 400 });
});
afterAll(() => hub.stop());
const nextMinute = () => {
  clock = new Date(clock.getTime() + 60_000);
};
const leftOf = (answer: Answer) => answer.headers.ratelimit;

it('counts the requests of each key, says what is left, and refuses with the time to wait until the minute is over', async () => {
  const [one, other] = [await hub.aRep(), await hub.aRep()];
  const get = (key: string) => hub.call('GET', '/me', { key });
  const first = await get(one.key);
  expect(first).toMatchObject({ status: 200, headers: { 'ratelimit-policy': '"key";q=5;w=60' } });
  expect(leftOf(first)).toBe('"key";r=4;t=60');
  clock = new Date(clock.getTime() + 20_000);
  const more = await Promise.all(Array.from({ length: 6 }, () => get(one.key)));
  expect(more.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429, 429]);
  const refused = await get(one.key);
  expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(refused).toMatchObject({ body: { status: 429, code: 'rate_limited' }, headers: { 'retry-after': '40' } });
  expect(leftOf(refused)).toBe('"key";r=0;t=40');
  expect((await get(other.key)).status).toBe(200);
  clock = new Date(clock.getTime() + 40_000);
  expect(leftOf(await get(one.key))).toBe('"key";r=4;t=60');
});

it('counts all sessions of a user as one', async () => {
  nextMinute();
  const { email, password } = hub.admin;
  const signIn = () => hub.call('POST', '/session', { key: null, body: { email, password } });
  const cookies = [await signIn(), await signIn()].map((answer) => String(answer.headers['set-cookie']).split(';')[0] ?? '');
  const statuses: number[] = [];
  for (let n = 0; n < 6; n++) {
    const answer = await hub.call('GET', '/me', { key: null, headers: { cookie: cookies[n % 2] ?? '' } });
    statuses.push(answer.status);
    expect(answer.headers['ratelimit-policy']).toBe('"user";q=5;w=60');
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
});

it('counts whoever shows nothing valid by their address, and no probe of health', async () => {
  nextMinute();
  const guess = () => hub.call('GET', '/me', { key: 'thl_guess_guess' });
  expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([401, 401, 401]);
  expect(await guess()).toMatchObject({ status: 429, headers: { 'ratelimit-policy': '"address";q=3;w=60' } });
  expect((await hub.call('GET', '/sign-in', { key: null })).status).toBe(429);
  expect((await hub.call('POST', '//hooks/0190a0a0-0000-7000-8000-000000000001', { key: null, body: {} })).status).toBe(429);
  expect((await hub.call('GET', '/me')).status).toBe(200);
  for (let n = 0; n < 5; n++) expect((await hub.call('GET', '//healthz', { key: null })).status).toBe(200);
});

it('begins anew when the clock was set back', async () => {
  nextMinute();
  const { key } = await hub.aRep();
  expect(leftOf(await hub.call('GET', '/me', { key }))).toBe('"key";r=4;t=60');
  clock = new Date(clock.getTime() - 3_600_000);
  expect(leftOf(await hub.call('GET', '/me', { key }))).toBe('"key";r=4;t=60');
});

it('refuses an address that is too long, and a body that is nested too deeply', async () => {
  nextMinute();
  const { key } = await hub.aUser('admin');
  expect(await hub.call('GET', `/contacts?q=${'x'.repeat(8_200)}`, { key })).toMatchObject({
    status: 414,
    body: { code: 'address_too_long' },
  });
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const post = (filter: string) =>
    hub.call('POST', '/contacts/search', { key, body: `{"filter":${filter}}`, headers: { 'content-type': 'application/json' } });
  expect((await post(nested(32))).body.errors[0].code).toBe('too_deep');
  expect((await post(nested(31))).body.errors[0].code).not.toBe('too_deep');
  expect((await post(nested(100_000))).body.errors[0].code).toBe('too_deep');
});

it('ends a statement that takes too long, and says that it did', async () => {
  nextMinute();
  const holder = await hub.services.db.connect('holder');
  await holder.query('begin; lock table contacts in access exclusive mode');
  try {
    const answer = await hub.call('GET', '/contacts');
    expect(answer).toMatchObject({ status: 503, body: { code: 'query_timeout' }, headers: { 'retry-after': '5' } });
  } finally {
    await holder.end();
  }
  expect((await hub.call('GET', '/contacts')).status).toBe(200);
});
