import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSystemMail } from '../../integrations/smtp/system-mail.ts';
import { rowOf, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { unavailable } from '../../src/errors.ts';
import type { SystemMailText } from '../../src/ports.ts';
import { logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { type Inbox, startInbox } from '../support/servers/inbox.ts';
import { eventually } from '../support/wait.ts';

let inbox: Inbox;
let hub: Hub;
let mute: Hub;
let clock = new Date();
let isDown = false;
beforeAll(async () => {
  inbox = await startInbox();
  const real = createSystemMail({ smtpUrl: inbox.url, mailFrom: 'crm@hub.example' });
  const send = (mail: SystemMailText) => (isDown ? Promise.reject(unavailable('mail_server', 'it is away')) : real.send(mail));
  hub = await startHub({
    config: { publicUrl: 'https://hub.example/' },
    jobs: {},
    now: () => clock,
    ports: { systemMail: { ...real, send } },
  });
  mute = await startHub({ now: () => clock });
});
afterAll(async () => {
  await hub.stop();
  await mute.stop();
  await inbox.stop();
});

const password = 'a fine new password';
const newUser = async (own: Hub, role = 'rep') =>
  (await own.call('POST', '/users', { body: { name: 'Nia', email: `nia-${Math.random()}@acme.test`, role } })).body;
const read = (own: Hub, token: string) => own.call('POST', '/links/read', { body: { token }, key: null });
const follow = (own: Hub, token: string) => own.call('POST', '/links/follow', { body: { token, password }, key: null });
const signIn = (own: Hub, email: string, word: string) =>
  own.call('POST', '/session', { body: { email, password: word }, key: null });
const tokenIn = (text: string): string => /\/link#([\w-]{43})/.exec(text)?.[1] ?? '';
const mailTo = (email: string) => eventually(() => inbox.mails.find((mail) => mail.to.includes(email))?.text);

it('shows an invitation where no mail is set up, which lets its user in once', async () => {
  const user = await newUser(mute);
  const made = await mute.call('POST', `/users/${user.id}/link`);
  expect(made).toMatchObject({ status: 201, body: { purpose: 'invitation', mailed: false } });
  const token = tokenIn(made.body.url);
  expect((await read(mute, token)).body).toEqual({ purpose: 'invitation', name: 'Nia', email: user.email });
  const together = await Promise.all(Array.from({ length: 4 }, () => follow(mute, token)));
  expect(together.map((answer) => answer.status).sort()).toEqual([204, 410, 410, 410]);
  expect((await signIn(mute, user.email, password)).status).toBe(204);
  const types = (await logOf(mute, user.id)).map((event) => event.type);
  expect(types).toEqual(expect.arrayContaining(['user.created', 'user.link_made', 'user.password_changed', 'user.signed_in']));
});

it('gives the same link again to who repeats a request with its Idempotency-Key', async () => {
  const user = await newUser(mute);
  const give = () => mute.call('POST', `/users/${user.id}/link`, { headers: { 'idempotency-key': 'link-1' } });
  const made = await give();
  expect(await give()).toMatchObject({ status: 201, body: made.body });
  expect((await read(mute, tokenIn(made.body.url))).status).toBe(200);
});

it('takes no link that is old, replaced, truncated, in other letters or in look-alikes', async () => {
  const user = await newUser(mute);
  const first = tokenIn((await mute.call('POST', `/users/${user.id}/link`)).body.url);
  const second = tokenIn((await mute.call('POST', `/users/${user.id}/link`)).body.url);
  const failures = async () =>
    (
      await mute.deed((ctx) =>
        rowOf<{ n: number }>(
          ctx,
          SQL`select count(*)::int as n from events where type = 'user.sign_in_failed' and data->>'method' = 'link'`,
        ),
      )
    )?.n ?? 0;
  const before = await failures();
  const wrong = [first, second.slice(0, -1), `${second}A`, swapCase(second), second.replace(/./, 'а'), '', ' '.repeat(43)];
  for (const token of wrong) {
    expect(await read(mute, token)).toMatchObject({ status: 410, body: { code: 'link_invalid' } });
  }
  const today = clock;
  clock = new Date(today.getTime() + 8 * 86_400_000);
  expect((await follow(mute, second)).status).toBe(410);
  clock = today;
  expect(await failures()).toBe(before + wrong.length + 1);
  expect((await follow(mute, second)).status).toBe(204);
  expect(await follow(mute, second)).toMatchObject({ status: 410, body: { code: 'link_invalid' } });
  expect(await failures()).toBe(before + wrong.length + 2);
});

it('mails an invitation, also when the server was away at first', async () => {
  isDown = true;
  const user = await newUser(hub);
  expect((await hub.call('POST', `/users/${user.id}/link`)).body).toEqual({
    purpose: 'invitation',
    mailed: true,
    url: null,
    expiresAt: null,
  });
  await eventually(() => hub.deed((ctx) => rowOf(ctx, SQL`select 1 from jobs where error is not null`)));
  isDown = false;
  await hub.deed((ctx) => rowsOf(ctx, SQL`update jobs set run_at = now() - interval '3 seconds'`));
  const text = await mailTo(user.email);
  expect(text).toContain('https://hub.example/link#');
  expect((await follow(hub, tokenIn(text))).status).toBe(204);
});

it('answers a reset alike whether there is such an account or not, and mails only to one that is', async () => {
  const rep = await hub.aRep();
  const ask = (email: string) => hub.call('POST', '/password-resets', { body: { email }, key: null });
  const [unknown, known] = [await ask('nobody@nowhere.test'), await ask(rep.email.toUpperCase())];
  expect([unknown.status, known.status]).toEqual([202, 202]);
  expect(unknown.body).toEqual(known.body);
  const earlier = await signIn(hub, rep.email, rep.password);
  const cookie = String(earlier.headers['set-cookie']).split(';')[0] ?? '';
  const text = await mailTo(rep.email);
  expect((await follow(hub, tokenIn(text))).status).toBe(204);
  expect((await hub.call('GET', '/me', { key: null, headers: { cookie } })).status).toBe(401);
  expect((await signIn(hub, rep.email, rep.password)).status).toBe(401);
  expect((await signIn(hub, rep.email, password)).status).toBe(204);
  expect(inbox.mails.some((mail) => mail.to.includes('nobody@nowhere.test'))).toBe(false);
});

it('keeps neither tokens nor links in the database', async () => {
  const user = await newUser(mute);
  const token = tokenIn((await mute.call('POST', `/users/${user.id}/link`)).body.url);
  const kept = await mute.deed((ctx) =>
    rowOf<{ all: string }>(
      ctx,
      SQL`select (select string_agg(l::text, '') from user_links l) || coalesce((select string_agg(j::text, '') from jobs j), '')
            || (select string_agg(e::text, '') from events e) as all`,
    ),
  );
  expect(kept?.all).not.toContain(token);
});

it('gives nobody a way into the account of one who may do more', async () => {
  await mute.call('POST', '/roles', {
    body: { key: 'people_person', name: 'People', permissions: {}, capabilities: ['manage_users'] },
  });
  const clerk = await mute.aUser('people_person');
  expect(await mute.call('POST', `/users/${mute.admin.id}/link`, { key: clerk.key })).toMatchObject({ status: 403 });
  expect(await mute.call('POST', `/users/${mute.admin.id}/link`, { key: (await mute.aRep()).key })).toMatchObject({
    status: 403,
  });
  expect((await mute.call('POST', `/users/${crypto.randomUUID()}/link`)).status).toBe(404);
});

it('sends a test mail, and says what the server says', async () => {
  expect((await hub.call('POST', '/settings/mail/test')).body).toMatchObject({ ok: true });
  expect(await mailTo(hub.admin.email)).toContain('arrives');
  expect((await mute.call('POST', '/settings/mail/test')).body).toEqual({ ok: false, message: 'SMTP_URL is not set.' });
  expect((await mute.call('POST', '/password-resets', { body: { email: 'a@b.test' }, key: null })).body).toMatchObject({
    code: 'mail_not_configured',
  });
});

const swapCase = (text: string): string =>
  [...text].map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())).join('');
