import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rowOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Answer, type Hub, type Person, startHub } from '../support/hub.ts';

const origin = 'http://hub.example';
let clock = new Date();
let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ config: { publicUrl: origin }, now: () => clock });
});
beforeEach(() => later(120));
afterAll(() => hub.stop());

const later = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1_000);
};
const codeOf = (secret: string, offsetSeconds = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.getTime() + offsetSeconds * 1_000 });
const cookieOf = (answer: Answer): string => String(answer.headers['set-cookie']).split(';')[0] ?? '';
const signIn = ({ email, password }: Person) => hub.call('POST', '/session', { body: { email, password }, key: null });
const second = (token: string, code: string) => hub.call('POST', '/session/second-factor', { body: { token, code }, key: null });
const as = (cookie: string, method: string, path: string, body?: object) =>
  hub.call(method, path, { key: null, body, headers: { cookie, origin } });

async function withFactor(role = 'rep'): Promise<{ person: Person; secret: string; codes: string[]; cookie: string }> {
  const person = await hub.aUser(role);
  const cookie = cookieOf(await signIn(person));
  const { secret } = (await as(cookie, 'POST', '/me/second-factor', { password: person.password })).body;
  const confirmed = await as(cookie, 'POST', '/me/second-factor/confirm', { code: codeOf(secret) });
  expect(confirmed.status).toBe(200);
  later(60);
  return { person, secret, codes: confirmed.body.recoveryCodes, cookie };
}

it('counts only once a code was given, and is asked for at each sign-in from then on', async () => {
  const person = await hub.aRep();
  const cookie = cookieOf(await signIn(person));
  expect((await as(cookie, 'POST', '/me/second-factor', { password: 'wrong' })).body.code).toBe('wrong_password');
  const made = await as(cookie, 'POST', '/me/second-factor', { password: person.password });
  expect(made.body.uri).toMatch(/^otpauth:\/\/totp\/Throughline:.*secret=/);
  expect((await signIn(person)).status).toBe(204);
  expect((await as(cookie, 'POST', '/me/second-factor/confirm', { code: '000000' })).body.code).toBe('wrong_code');
  expect((await as(cookie, 'POST', '/me/second-factor/confirm', { code: codeOf(made.body.secret) })).status).toBe(200);
  expect((await as(cookie, 'GET', '/me/second-factor')).body).toEqual({ enabled: true, recoveryCodesLeft: 10, required: false });
  const first = await signIn(person);
  expect(first).toMatchObject({ status: 200, body: { step: 'second_factor' } });
  expect(first.headers['set-cookie']).toBeUndefined();
  later(30);
  const done = await second(first.body.token, codeOf(made.body.secret));
  expect(done.status).toBe(200);
  expect((await as(cookieOf(done), 'GET', '/sessions')).body.data[0]).toMatchObject({ secondFactor: true, current: true });
});

it('takes each code once, and a clock that is half a minute off, not more', async () => {
  const { person, secret } = await withFactor();
  const step = async () => (await signIn(person)).body.token;
  const code = codeOf(secret);
  const together = await Promise.all([second(await step(), code), second(await step(), code)]);
  expect(together.map(({ status }) => status).sort()).toEqual([200, 401]);
  later(60);
  expect((await second(await step(), codeOf(secret, -90))).status).toBe(401);
  expect((await second(await step(), codeOf(secret, 90))).status).toBe(401);
  expect((await second(await step(), codeOf(secret, -30))).status).toBe(200);
  expect((await second(await step(), codeOf(secret, 30))).status).toBe(200);
  expect((await second(await step(), codeOf(secret))).status).toBe(401); // a later one was used
});

it('takes each recovery code once, however it is typed', async () => {
  const { person, codes } = await withFactor();
  const step = async () => (await signIn(person)).body.token;
  expect(codes).toHaveLength(10);
  expect((await second(await step(), codes[0]!.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
  expect((await second(await step(), codes[0]!)).status).toBe(401);
  expect((await second(await step(), codes[1]!)).status).toBe(200);
  const kept = await hub.deed((ctx) =>
    rowOf<{ all: string }>(ctx, SQL`select string_agg(r::text, '') as all from recovery_codes r`),
  );
  expect(kept?.all).not.toContain(codes[2]!.replaceAll('-', ''));
});

it('is not guessed: failures slow it down, and the step ends after ten minutes', async () => {
  const { person, secret } = await withFactor();
  const { token } = (await signIn(person)).body;
  const statuses: number[] = [];
  for (let n = 0; n < 6; n++) statuses.push((await second(token, String(n).padStart(6, '7'))).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  later(400);
  const right = (await signIn(person)).body.token;
  later(601);
  expect((await second(right, codeOf(secret))).body.code).toBe('sign_in_step_invalid');
  expect((await second('x'.repeat(43), codeOf(secret))).status).toBe(410);
});

it('a sign-in that is half way in ends with the password that began it, when all sessions are ended, and when the user is disabled', async () => {
  const { person, secret } = await withFactor();
  const half = async (password = person.password) => (await signIn({ ...person, password })).body.token as string;
  const ends = async (token: string, how: string) =>
    expect((await second(token, codeOf(secret))).body, how).toMatchObject({ status: 410, code: 'sign_in_step_invalid' });
  const before = await half();
  const { url } = (await hub.call('POST', `/users/${person.id}/link`)).body;
  const password = 'a new and long secret';
  const token = String(url).split('#')[1];
  const followed = await hub.call('POST', '/links/follow', { key: null, body: { token, password } });
  expect(followed).toMatchObject({ status: 200, body: { step: 'second_factor' } });
  await ends(before, 'password set by a link');
  const signedOut = await half(password);
  expect((await hub.call('DELETE', `/users/${person.id}/sessions`)).status).toBe(204);
  await ends(signedOut, 'signed out everywhere');
  const disabled = await half(password);
  for (const now of [true, false]) await hub.call('PATCH', `/users/${person.id}`, { body: { disabled: now } });
  await ends(disabled, 'disabled and enabled again');
  expect((await second(await half(password), codeOf(secret))).status).toBe(200);
});

it('is required of roles that a setting names: set up at the next sign-in, and no session without it goes on', async () => {
  const viewer = await hub.aUser('viewer');
  const cookie = cookieOf(await signIn(viewer));
  const { body: before } = await hub.call('GET', '/settings/sign-in');
  expect(before).toEqual({ passwordSignIn: true, secondFactorRoles: [] });
  const set = (secondFactorRoles: string[]) =>
    hub.call('PUT', '/settings/sign-in', { body: { passwordSignIn: true, secondFactorRoles } });
  expect((await set(['admin'])).body.code).toBe('second_factor_missing');
  expect((await set(['nobody'])).status).toBe(400);
  expect((await set(['viewer'])).status).toBe(200);
  expect((await as(cookie, 'GET', '/me')).status).toBe(401);
  const first = await signIn(viewer);
  expect(first.body.step).toBe('second_factor_setup');
  const { token } = first.body;
  const { secret } = (await hub.call('POST', '/session/second-factor/setup', { body: { token }, key: null })).body;
  const done = await second(token, codeOf(secret));
  expect(done.body.recoveryCodes).toHaveLength(10);
  const session = cookieOf(done);
  expect((await as(session, 'POST', '/me/second-factor/remove', { password: viewer.password })).body.code).toBe(
    'second_factor_required',
  );
  await set([]);
  expect((await as(session, 'POST', '/me/second-factor/remove', { password: viewer.password })).status).toBe(204);
});

it('is required of everybody where the setting says so, also of a role that is made afterwards', async () => {
  const { person: boss } = await withFactor('admin');
  const viewer = await hub.aUser('viewer');
  const cookie = cookieOf(await signIn(viewer));
  const set = (secondFactorRoles: string[], key = boss.key) =>
    hub.call('PUT', '/settings/sign-in', { body: { passwordSignIn: true, secondFactorRoles }, key });
  expect((await set(['*'], hub.admin.key)).body.code).toBe('second_factor_missing');
  expect(await set(['*'])).toMatchObject({ status: 200, body: { secondFactorRoles: ['*'] } });
  expect((await as(cookie, 'GET', '/me')).status).toBe(401);
  await hub.call('POST', '/roles', { body: { key: 'later', name: 'Later', permissions: {} } });
  expect((await signIn(await hub.aUser('later'))).body.step).toBe('second_factor_setup');
  expect((await hub.call('GET', '/me/second-factor', { key: viewer.key })).body.required).toBe(true);
  expect((await set([])).status).toBe(200);
  expect((await signIn(viewer)).status).toBe(204);
});

it('is removed by an admin for one who has lost it, and by no rep', async () => {
  const { person, cookie } = await withFactor();
  const rep = await hub.aRep();
  expect((await hub.call('DELETE', `/users/${person.id}/second-factor`, { key: rep.key })).status).toBe(403);
  expect((await hub.call('DELETE', `/users/${person.id}/second-factor`)).status).toBe(204);
  expect((await as(cookie, 'GET', '/me')).status).toBe(401);
  expect((await signIn(person)).status).toBe(204);
  const kept = await hub.deed((ctx) => rowOf(ctx, SQL`select 1 from recovery_codes where user_id = ${person.id}`));
  expect(kept).toBeUndefined();
});

it('proves within a session who one is, each code once', async () => {
  const { secret, cookie } = await withFactor();
  later(660);
  const prove = (code: string) => as(cookie, 'POST', '/session/proof', { code });
  expect((await as(cookie, 'DELETE', '/sessions')).body.code).toBe('proof_needed');
  expect((await prove('000000')).body.code).toBe('wrong_code');
  expect((await prove(codeOf(secret))).status).toBe(204);
  expect((await as(cookie, 'DELETE', '/sessions')).status).toBe(204);
  expect((await prove(codeOf(secret))).body.code).toBe('wrong_code');
});

it('is for people: a key sets up none, changes no password, and neither shows nor ends a session', async () => {
  const person = await hub.aRep();
  const { key, password } = person;
  const cookie = cookieOf(await signIn(person));
  const [session] = (await as(cookie, 'GET', '/sessions')).body.data;
  for (const [method, path] of [
    ['GET', '/sessions'],
    ['DELETE', '/sessions'],
    ['DELETE', `/sessions/${session.id}`],
  ] as const)
    expect(await hub.call(method, path, { key })).toMatchObject({ status: 403, body: { code: 'session_needed' } });
  expect((await as(cookie, 'GET', '/me')).status).toBe(200);
  expect((await hub.call('POST', '/me/second-factor', { key, body: { password } })).body.code).toBe('session_needed');
  expect(
    (await hub.call('POST', '/me/password', { key, body: { current: password, password: 'another password' } })).status,
  ).toBe(403);
});
