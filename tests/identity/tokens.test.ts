import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rowOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Answer, type Hub, type Person, startHub } from '../support/hub.ts';
import { spoiled } from './spoiled.ts';

const origin = 'http://hub.example';
let hub: Hub;
let clock = new Date();
const lines: string[] = [];
beforeAll(async () => {
  hub = await startHub({ config: { publicUrl: origin }, now: () => clock, logTo: { write: (line) => void lines.push(line) } });
});
afterAll(() => hub.stop());
/** So that the failures of one test do not slow the next. */
beforeEach(() => {
  clock = new Date(clock.getTime() + 3_700_000);
});

const sendable = (value: string): string => encodeURIComponent(value).replaceAll("'", '%27');
const signIn = ({ email, password }: Pick<Person, 'email' | 'password'>): Promise<Answer> =>
  hub.call('POST', '/session', { key: null, body: { email, password } });
const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']).split(';')[0] ?? '';
const as = (cookie: string, method: string, path: string, body?: object) =>
  hub.call(method, path, { key: null, body, headers: { cookie, origin } });
/** Failures in the audit, by method, since the test began. */
async function failures(): Promise<Record<string, number>> {
  const row = await hub.deed((ctx) =>
    rowOf<{ counts: Record<string, number> | null }>(
      ctx,
      SQL`select json_object_agg(method, n) as counts from (
            select data->>'method' as method, count(*)::int as n from events
            where type = 'user.sign_in_failed' and at > ${clock}::timestamptz - interval '1 hour' group by 1) failed`,
    ),
  );
  return row?.counts ?? {};
}

it('takes no session cookie but the one that it gave, and says the same to every other', async () => {
  const rep = await hub.aRep();
  const [name = '', token = ''] = cookieOf(await signIn(rep)).split('=');
  const answers: object[] = [];
  for (const [how, other] of Object.entries(spoiled(token))) {
    const answer = await as(`${name}=${sendable(other)}`, 'GET', '/me');
    expect(answer.status, how).toBe(401);
    answers.push({ ...answer.body, requestId: '' });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect((await as(`${name.toUpperCase()}=${token}`, 'GET', '/me')).status).toBe(401);
  expect((await as(`${name}=${token}`, 'GET', '/me')).status).toBe(200);
});

it('takes no API key but the one that it gave, wherever it is changed', async () => {
  const { key } = await hub.aRep();
  const [, id = '', secret = ''] = key.split('_');
  for (const [how, other] of Object.entries({ ...spoiled(secret), ...spoiled(key) })) {
    for (const whole of [`thl_${id}_${other}`, other]) {
      if (whole === key) continue;
      expect((await hub.call('GET', '/me', { key: Buffer.from(whole).toString('latin1') || 'x' })).status, how).toBe(401);
    }
  }
  for (const scheme of ['bearer', 'BEARER']) {
    expect((await hub.call('GET', '/me', { key: null, headers: { authorization: `${scheme} ${key}` } })).status).toBe(200);
  }
  expect((await hub.call('GET', '/me', { key: null, headers: { authorization: `Basic ${key}` } })).status).toBe(401);
});

it('takes no step of a sign-in but the one that it gave, once, and each failure is in the audit', async () => {
  const rep = await hub.aRep();
  const cookie = cookieOf(await signIn(rep));
  const { secret } = (await as(cookie, 'POST', '/me/second-factor', { password: rep.password })).body;
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const code = () => totp.generate({ timestamp: clock.getTime() });
  await as(cookie, 'POST', '/me/second-factor/confirm', { code: code() });
  clock = new Date(clock.getTime() + 60_000);
  const { token } = (await signIn(rep)).body;
  const take = (other: string, digits: string) =>
    hub.call('POST', '/session/second-factor', { key: null, body: { token: other, code: digits } });
  const spoiltTokens = Object.entries(spoiled(token));
  for (const [how, other] of spoiltTokens) expect((await take(other, code())).status, how).toBe(410);
  for (const digits of ['', '٠١٢٣٤٥', code().replace(/^./, '\uff10'), `${code()}0`])
    expect((await take(token, digits)).status).toBe(401);
  expect((await take(token, code())).status).toBe(200);
  expect((await take(token, code())).status).toBe(410);
  expect((await failures()).second_factor).toBe(spoiltTokens.length + 4 + 1);
});

it('asks for the second factor after a link too, and gives no way around it', async () => {
  const user = await hub.aRep();
  const cookie = cookieOf(await signIn(user));
  const { secret } = (await as(cookie, 'POST', '/me/second-factor', { password: user.password })).body;
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.getTime() });
  await as(cookie, 'POST', '/me/second-factor/confirm', { code });
  const { url } = (await hub.call('POST', `/users/${user.id}/link`)).body;
  const token = String(url).split('#')[1] ?? '';
  const password = 'a new and long secret';
  for (const [how, other] of Object.entries(spoiled(token)).slice(0, 8)) {
    expect((await hub.call('POST', '/links/follow', { key: null, body: { token: other, password } })).status, how).toBe(410);
  }
  expect((await failures()).link).toBe(8);
  const followed = await hub.call('POST', '/links/follow', { key: null, body: { token, password } });
  expect(followed).toMatchObject({ status: 200, body: { step: 'second_factor' } });
  expect(followed.headers['set-cookie']).toBeUndefined();
  expect((await as(cookie, 'GET', '/me')).status).toBe(401);
});

it('takes a password as it is typed, to the last of 200 characters, whatever letters it has', async () => {
  const passwords = [
    '  spaces around it  ',
    `${'x'.repeat(198)}yz`,
    'пароль-из-букв',
    '💥💥💥💥💥💥💥💥💥💥',
    'NUL \u0000 inside it',
  ];
  for (const password of passwords) {
    const email = `typed-${passwords.indexOf(password)}@acme.test`;
    expect((await hub.call('POST', '/users', { body: { name: 'T', email, role: 'rep', password } })).status, password).toBe(201);
    for (const other of [password.trim(), password.toUpperCase(), password.slice(0, -1), `${password} `]) {
      if (other === password) continue;
      expect((await signIn({ email, password: other })).status, JSON.stringify(other)).toBe(other.length > 200 ? 400 : 401);
    }
    expect((await signIn({ email, password })).status, password).toBe(204);
    clock = new Date(clock.getTime() + 3_700_000);
  }
  const decomposed = { email: 'typed@acme.test', password: 'cafe\u0301 cafe\u0301 cafe' };
  await hub.call('POST', '/users', { body: { name: 'T', role: 'rep', ...decomposed } });
  expect((await signIn({ ...decomposed, password: decomposed.password.normalize('NFC') })).status).toBe(204);
  const tooLong = { name: 'T', email: 'long@acme.test', role: 'rep', password: 'x'.repeat(201) };
  expect((await hub.call('POST', '/users', { body: tooLong })).status).toBe(400);
});

it('refuses passwords that everybody tries first, and those that are hardly more than a name, wherever one is set', async () => {
  const rep = await hub.aRep('Ludmilla');
  const cookie = cookieOf(await signIn(rep));
  const change = (password: string) => as(cookie, 'POST', '/me/password', { current: rep.password, password });
  for (const password of ['1q2w3e4r5t', 'QwertyUiop', '１２３４５６７８９０']) {
    expect((await change(password)).body.errors, password).toMatchObject([{ pointer: '/password', code: 'password_common' }]);
  }
  for (const password of ['Ludmilla2026', rep.email, 'throughline1', 'acme-acme-acme!'])
    expect((await change(password)).body.errors, password).toMatchObject([{ pointer: '/password', code: 'password_guessable' }]);
  const made = { name: 'N', email: 'n@acme.test', role: 'rep', password: 'qwertyuiop' };
  expect((await hub.call('POST', '/users', { body: made })).body.errors[0].code).toBe('password_common');
  const { url } = (await hub.call('POST', `/users/${rep.id}/link`)).body;
  const followed = { token: String(url).split('#')[1], password: '1234567890' };
  expect((await hub.call('POST', '/links/follow', { key: null, body: followed })).body.errors[0].code).toBe('password_common');
  expect((await change('a quiet Ludmilla walks')).status).toBe(204);
});

it('ends the session that a browser had when it signs in anew, and all of a user’s when an admin says so', async () => {
  const rep = await hub.aRep();
  const first = cookieOf(await signIn(rep));
  const body = { email: rep.email, password: rep.password };
  const second = cookieOf(await hub.call('POST', '/session', { key: null, body, headers: { cookie: first, origin } }));
  expect([(await as(first, 'GET', '/me')).status, (await as(second, 'GET', '/me')).status]).toEqual([401, 200]);
  expect((await hub.call('DELETE', `/users/${rep.id}/sessions`, { key: rep.key })).status).toBe(403);
  expect((await hub.call('DELETE', `/users/${rep.id}/sessions`)).status).toBe(204);
  expect((await as(second, 'GET', '/me')).status).toBe(401);
  expect((await signIn(rep)).status).toBe(204);
});

it('finds no account by a look-alike of its address', async () => {
  const { email, password } = await hub.aRep('Kim');
  for (const other of [email.replace('i', '\u0456'), email.replace('i', '\u0130'), `${email}.`, `x${email}`]) {
    expect((await signIn({ email: other, password })).status, other).toBe(401);
    clock = new Date(clock.getTime() + 3_700_000);
  }
  expect((await signIn({ email: ` ${email.toUpperCase()} `, password })).status).toBe(204);
});

it('writes refusals of callers into the process log, with who asked and without what they showed', async () => {
  lines.length = 0;
  await hub.call('GET', '/me?q=nobody@secret.example', { key: 'thl_none_of-this-may-be-logged' });
  const rep = await hub.aRep();
  await hub.call('GET', '/audit', { key: rep.key });
  await hub.call('POST', '/contacts', { key: rep.key, body: { email: ['none-of-this-may-be-logged'] } });
  const refused = lines.map((line) => JSON.parse(line)).filter(({ msg, level }) => msg === 'request refused' && level >= 30);
  expect(refused).toMatchObject([
    { code: 'unauthenticated', status: 401, address: '127.0.0.1' },
    { code: 'forbidden', status: 403, actor: { kind: 'key' } },
    { code: expect.any(String), status: 400, address: '127.0.0.1', actor: { kind: 'key' } },
  ]);
  expect(lines.join('')).not.toMatch(/may-be-logged|secret\.example/);
});
