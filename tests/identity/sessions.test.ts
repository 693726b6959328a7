import { afterAll, beforeAll, expect, it } from 'vitest';
import { logOf } from '../support/factories.ts';
import { type Answer, type Hub, type Person, startHub } from '../support/hub.ts';

const origin = 'http://hub.example';
let hub: Hub;
let clock = new Date();
beforeAll(async () => {
  hub = await startHub({ config: { publicUrl: origin }, now: () => clock });
});
afterAll(() => hub.stop());

const signIn = async ({ email, password }: Pick<Person, 'email' | 'password'>): Promise<string> => {
  const answer: Answer = await hub.call('POST', '/session', {
    body: { email, password },
    key: null,
    headers: { 'user-agent': 'Test/1' },
  });
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
};
const as = (cookie: string, method: string, path: string, body?: object) =>
  hub.call(method, path, { key: null, body, headers: { cookie, origin } });

it('lists own sessions, ends one of them, and all others at once', async () => {
  const [rep, other] = [await hub.aRep(), await hub.aRep()];
  const [here, there, third] = [await signIn(rep), await signIn(rep), await signIn(rep)];
  const { data } = (await as(here, 'GET', '/sessions')).body;
  expect(data).toHaveLength(3);
  expect(data.filter((one: { current: boolean }) => one.current)).toHaveLength(1);
  expect(data[0]).toMatchObject({ method: 'password', userAgent: 'Test/1', address: '127.0.0.1' });
  const id = (await as(there, 'GET', '/sessions')).body.data.find((one: { current: boolean }) => one.current).id;
  expect((await as(await signIn(other), 'DELETE', `/sessions/${id}`)).status).toBe(404);
  expect((await as(here, 'DELETE', `/sessions/${id}`)).status).toBe(204);
  expect((await as(there, 'GET', '/me')).status).toBe(401);
  expect((await as(here, 'DELETE', '/sessions')).status).toBe(204);
  expect((await as(third, 'GET', '/me')).status).toBe(401);
  expect((await as(here, 'GET', '/me')).status).toBe(200);
});

it('asks once more who one is before it ends any, when the session is older than ten minutes', async () => {
  const rep = await hub.aRep();
  const [here, there] = [await signIn(rep), await signIn(rep)];
  clock = new Date(clock.getTime() + 601_000);
  const sessions: { id: string; current: boolean }[] = (await as(here, 'GET', '/sessions')).body.data;
  const other = sessions.find(({ current }) => !current);
  const end = (cookie: string) => as(cookie, 'DELETE', `/sessions/${other?.id}`);
  const needed = { status: 403, body: { code: 'proof_needed' } };
  expect(await end(here)).toMatchObject(needed);
  expect(await as(here, 'DELETE', '/sessions')).toMatchObject(needed);
  expect((await as(there, 'GET', '/me')).status).toBe(200);
  const prove = (body: object) => as(here, 'POST', '/session/proof', body);
  expect((await prove({ password: 'wrong' })).body.code).toBe('wrong_password');
  for (const body of [{}, { password: rep.password, code: '000000' }]) expect((await prove(body)).status).toBe(400);
  expect((await prove({ code: '000000' })).body.code).toBe('wrong_code');
  expect(await end(here)).toMatchObject(needed);
  expect((await prove({ password: rep.password })).status).toBe(204);
  expect(await as(there, 'DELETE', '/sessions')).toMatchObject(needed);
  expect((await end(here)).status).toBe(204);
  clock = new Date(clock.getTime() + 601_000);
  expect(await as(here, 'DELETE', '/sessions')).toMatchObject(needed);
});

it('ends the other sessions when the password is changed', async () => {
  const rep = await hub.aRep();
  const [here, there] = [await signIn(rep), await signIn(rep)];
  const change = (current: string) => as(here, 'POST', '/me/password', { current, password: 'quite another one' });
  expect((await change('wrong')).body.code).toBe('wrong_password');
  expect((await change(rep.password)).status).toBe(204);
  expect((await as(there, 'GET', '/me')).status).toBe(401);
  expect((await as(here, 'GET', '/me')).status).toBe(200);
  expect(await signIn({ email: rep.email, password: 'quite another one' })).toContain('throughline_session=');
});

it('does what it says under an Idempotency-Key too, and tells nothing of what a sign-in is checked by', async () => {
  const rep = await hub.aRep();
  const here = await signIn(rep);
  const keyed = (path: string, body: object) =>
    hub.call('POST', path, { key: null, body, headers: { cookie: here, origin, 'idempotency-key': 'again-1' } });
  const set = await keyed('/me/second-factor', { password: rep.password });
  expect(set).toMatchObject({ status: 200, body: { secret: expect.any(String) } });
  expect((await keyed('/me/second-factor', { password: rep.password })).body.secret).not.toBe(set.body.secret);
  expect((await keyed('/me/password', { current: rep.password, password: 'quite another one' })).status).toBe(204);
  expect(await signIn({ email: rep.email, password: 'quite another one' })).toContain('throughline_session=');
});

it('holds out against a thousand attempts at once: few are looked at, none succeeds, and the account is its owner’s again after the wait', async () => {
  const rep = await hub.aRep();
  const attempts = Array.from({ length: 1_000 }, (_, n) =>
    hub.call('POST', '/session', { body: { email: rep.email, password: `guess ${n}` }, key: null }),
  );
  const answers = await Promise.all(attempts);
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  expect(count(401)).toBe(5);
  expect(count(429)).toBe(995);
  expect(new Set(answers.filter(({ status }) => status === 429).map(({ body }) => body.code))).toEqual(
    new Set(['sign_in_slowed']),
  );
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.detail}`)).size).toBe(2);
  const written = await logOf(hub, rep.id);
  expect(written.filter(({ type }) => type === 'user.sign_in_failed')).toHaveLength(5);
  expect(JSON.stringify(written)).not.toContain('guess');
  const start = clock;
  clock = new Date(start.getTime() + 3_700_000);
  expect(await signIn(rep)).toContain('throughline_session=');
  clock = start;
});

it('slows an account that is not there like one that is', async () => {
  const start = clock;
  clock = new Date(start.getTime() + 2 * 3_700_000);
  const statuses: number[] = [];
  for (let n = 0; n < 6; n++)
    statuses.push((await hub.call('POST', '/session', { body: { email: 'ghost@acme.test', password: 'x' }, key: null })).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  clock = start;
});
