import { afterAll, beforeAll, expect, it } from 'vitest';
import { logOf } from '../support/factories.ts';
import { type Answer, type Hub, startHub } from '../support/hub.ts';

const own = 'http://hub.example';
let hub: Hub;
let clock: Date;
beforeAll(async () => {
  hub = await startHub({ config: { publicUrl: own }, now: () => clock });
});
clock = new Date();
afterAll(() => hub.stop());

const signIn = (email: string, password: string) => hub.call('POST', '/session', { body: { email, password }, key: null });
const cookieOf = (answer: Answer): string => String(answer.headers['set-cookie']);
const sessionOf = (answer: Answer): string => cookieOf(answer).split(';')[0] ?? '';
const as = (cookie: string, method: string, path: string, more: { body?: unknown; origin?: string } = {}) =>
  hub.call(method, path, {
    key: null,
    body: more.body,
    headers: { cookie, ...(more.origin === undefined ? {} : { origin: more.origin }) },
  });

it('signs in with a cookie that scripts cannot read, and signs out', async () => {
  const { email, password, id } = hub.admin;
  const answer = await signIn(email.toUpperCase(), password);
  expect(answer.status).toBe(204);
  expect(cookieOf(answer)).toMatch(/^throughline_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = sessionOf(answer);
  expect((await as(cookie, 'GET', '/me')).body).toMatchObject({ kind: 'user', user: { id, email }, role: 'admin' });
  expect((await as(cookie, 'DELETE', '/session', { origin: own })).status).toBe(204);
  expect((await as(cookie, 'GET', '/me')).status).toBe(401);
  expect((await logOf(hub, id)).map((event) => event.type)).toEqual(['user.created', 'user.signed_in', 'user.signed_out']);
});

it('answers a wrong password and an unknown account alike', async () => {
  const { email } = await hub.aRep();
  const wrong = await signIn(email, 'not the password');
  const unknown = await signIn('nobody@nowhere.example', 'not the password');
  expect(wrong.status).toBe(401);
  expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  expect(wrong.headers['set-cookie']).toBeUndefined();
});

it('takes an unsafe request on a cookie from our own pages alone', async () => {
  const cookie = sessionOf(await signIn(hub.admin.email, hub.admin.password));
  const make = (origin?: string) =>
    as(cookie, 'POST', '/companies', { body: { name: 'Forged' }, ...(origin === undefined ? {} : { origin }) });
  for (const origin of [undefined, 'https://evil.example', 'https://hub.example', 'null']) {
    expect(await make(origin), origin).toMatchObject({ status: 403, body: { code: 'origin_mismatch' } });
  }
  expect((await make(own)).status).toBe(201);
  expect((await as(cookie, 'DELETE', '/session', { origin: 'https://evil.example' })).status).toBe(403);
  expect((await as(cookie, 'GET', '/companies', { origin: 'https://evil.example' })).status).toBe(200);
});

it('puts a disabled user out at once, on sessions and keys', async () => {
  const rep = await hub.aRep();
  const cookie = sessionOf(await signIn(rep.email, hub.admin.password));
  expect((await as(cookie, 'GET', '/me')).status).toBe(200);
  expect(await hub.call('PATCH', `/users/${rep.id}`, { body: { disabled: true }, key: rep.key })).toMatchObject({ status: 403 });
  expect((await hub.call('PATCH', `/users/${rep.id}`, { body: { disabled: true } })).status).toBe(200);
  expect((await as(cookie, 'GET', '/me')).status).toBe(401);
  expect((await hub.call('GET', '/me', { key: rep.key })).status).toBe(401);
  expect((await signIn(rep.email, hub.admin.password)).status).toBe(401);
});

it('ends a session after 14 idle days, and after 90 days however busy', async () => {
  const start = clock;
  const after = (days: number) => {
    clock = new Date(start.getTime() + days * 86_400_000);
  };
  const idle = sessionOf(await signIn(hub.admin.email, hub.admin.password));
  const busy = sessionOf(await signIn(hub.admin.email, hub.admin.password));
  for (let day = 0; day < 90; day += 10) {
    after(day);
    expect((await as(busy, 'GET', '/me')).status, `day ${day}`).toBe(200);
  }
  expect((await as(idle, 'GET', '/me')).status).toBe(401);
  after(90.1);
  expect((await as(busy, 'GET', '/me')).status).toBe(401);
  clock = start;
});

it('slows an account down after five failures and lets it in again after the wait', async () => {
  const rep = await hub.aRep('Slow');
  const start = clock;
  for (let n = 0; n < 5; n++) expect((await signIn(rep.email, 'wrong')).status).toBe(401);
  const slowed = await signIn(rep.email, hub.admin.password);
  expect(slowed).toMatchObject({ status: 429, body: { code: 'sign_in_slowed' } });
  expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0);
  clock = new Date(start.getTime() + 600_000);
  expect((await signIn(rep.email, hub.admin.password)).status).toBe(204);
  clock = start;
});

it('slows an address down that tries many accounts, and tells nothing of them', async () => {
  const start = clock;
  clock = new Date(start.getTime() + 7_200_000);
  const statuses: number[] = [];
  for (let n = 0; n < 22; n++) statuses.push((await signIn(`guess-${n}@acme.test`, 'wrong')).status);
  expect(statuses).toEqual([...Array.from({ length: 21 }, () => 401), 429]);
  expect((await signIn(hub.admin.email, hub.admin.password)).status).toBe(429);
  clock = start;
});

it('keeps the last admin: neither disabled nor demoted, also when two admins try it on each other at once', async () => {
  const own = await startHub();
  expect(await own.call('PATCH', `/users/${own.admin.id}`, { body: { disabled: true } })).toMatchObject({
    status: 409,
    body: { code: 'last_admin' },
  });
  const other = await own.call('POST', '/users', {
    body: { name: 'Bo', email: 'bo@acme.test', role: 'admin', password: 'correct horse battery' },
  });
  const demote = (id: string) => own.call('PATCH', `/users/${id}`, { body: { role: 'rep' } });
  const answers = await Promise.all([demote(own.admin.id), demote(other.body.id)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  await own.stop();
});

it('makes nobody wait because the clock was set back, or is behind that of another process', async () => {
  const rep = await hub.aRep();
  const start = new Date(clock.getTime() + 10 * 86_400_000); // past the failures of the tests before
  clock = new Date(start.getTime() + 30_000);
  expect((await signIn(rep.email, 'wrong')).status).toBe(401);
  clock = start;
  const entered = await signIn(rep.email, rep.password);
  expect(entered.status).toBe(204);
  clock = new Date(start.getTime() - 60_000);
  expect((await as(sessionOf(entered), 'GET', '/me')).status).toBe(200);
});
