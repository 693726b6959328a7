import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rowOf, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { logOf } from '../support/factories.ts';
import { type Answer, type Hub, startHub } from '../support/hub.ts';
import { type OpenidServer, startOpenidServer } from '../support/servers/openid.ts';

const origin = 'http://hub.example';
let hub: Hub;
let openid: OpenidServer;
let provider: { id: string; version: number };
let clock = new Date();
beforeAll(async () => {
  openid = await startOpenidServer();
  hub = await startHub({ config: { publicUrl: origin, allowPrivateHosts: ['127.0.0.1'] }, now: () => clock });
  const made = await add({ key: 'acme-id', name: 'Acme ID' });
  expect(made).toMatchObject({ status: 201, body: { hasSecret: true, redirectUri: `${origin}/sign-in/provider/acme-id` } });
  provider = made.body;
  openid.leadTo(made.body.redirectUri);
});
afterAll(async () => {
  await hub.stop();
  await openid.stop();
});
/** So that the failures of one test do not slow the next. */
beforeEach(() => {
  clock = new Date(clock.getTime() + 3_700_000);
});

const add = (more: object) => {
  const { issuer, clientId, clientSecret } = openid;
  return hub.call('POST', '/identity-providers', { body: { issuer, clientId, clientSecret, ...more } });
};
const change = (patch: object) => hub.call('PATCH', `/identity-providers/${provider.id}`, { body: patch });
const cookiesOf = (answer: Answer): string =>
  [answer.headers['set-cookie'] ?? []]
    .flat()
    .map((line) => String(line).split(';')[0])
    .join('; ');

/** The way to the provider and back, as far as the hub has to do with it. */
async function begin(key = 'acme-id') {
  const begun = await hub.call('POST', `/session/provider/${key}`, { key: null });
  expect(begun.status).toBe(200);
  return { url: begun.body.url as string, cookie: cookiesOf(begun) };
}
const finish = (query: string, cookie: string, key = 'acme-id') =>
  hub.call('POST', `/session/provider/${key}/finish`, { key: null, body: { query }, headers: { cookie, origin } });
async function signIn(subject: string, claims: Record<string, unknown> = {}): Promise<Answer> {
  openid.people.set(subject, claims);
  const { url, cookie } = await begin();
  return finish(await openid.visit(url, subject), cookie);
}
const meOf = async (answer: Answer) => (await hub.call('GET', '/me', { key: null, headers: { cookie: cookiesOf(answer) } })).body;
const verified = (email: string, more: object = {}) => ({ email, email_verified: true, name: 'From Acme', ...more });
const failures = async (): Promise<number> => {
  const row = await hub.deed((ctx) =>
    rowOf<{ n: number }>(
      ctx,
      SQL`select count(*)::int as n from events where type = 'user.sign_in_failed' and data->>'method' = 'provider'`,
    ),
  );
  return row?.n ?? 0;
};

it('offers its providers to whoever is to sign in, and shows their secrets to nobody', async () => {
  expect((await hub.call('GET', '/sign-in', { key: null })).body.providers).toEqual([{ key: 'acme-id', name: 'Acme ID' }]);
  const listed = await hub.call('GET', '/identity-providers');
  expect(JSON.stringify(listed.body)).not.toContain(openid.clientSecret);
  const rep = await hub.aRep();
  expect((await hub.call('GET', '/identity-providers', { key: rep.key })).status).toBe(403);
});

it('lets in the user of a verified address, links them by their subject, and knows them by it from then on', async () => {
  const rep = await hub.aRep();
  const first = await signIn('rita', verified(rep.email.toUpperCase()));
  expect(first.status).toBe(204);
  expect(await meOf(first)).toMatchObject({ user: { id: rep.id }, role: 'rep' });
  expect((await logOf(hub, rep.id)).map(({ type }) => type)).toEqual(['user.created', 'user.provider_linked', 'user.signed_in']);
  const later = await signIn('rita', { email: 'somebody@else.example', email_verified: false });
  expect(await meOf(later)).toMatchObject({ user: { id: rep.id, email: rep.email } });
});

it('believes no address that is not verified, or that only looks or folds like one', async () => {
  const rep = await hub.aRep('Kate');
  const before = await failures();
  const lookalikes = [rep.email.replace('k', '\u212a'), rep.email.replace('a', '\u0430'), `x@evil.example@acme.test`, ''];
  for (const email_verified of [false, undefined, 'true', 1]) {
    expect((await signIn('mallory', { email: rep.email, email_verified })).body.code).toBe('provider_email_unverified');
  }
  for (const email of lookalikes) expect((await signIn('mallory', verified(email))).status, email).toBe(401);
  expect(await failures()).toBe(before + 8);
  const links = await hub.deed((ctx) => rowsOf(ctx, SQL`select 1 from provider_identities where user_id = ${rep.id}`));
  expect(links).toEqual([]);
});

it('does not hand an account on with its address: another subject is refused until an admin unlinks', async () => {
  const rep = await hub.aRep();
  expect((await signIn('first-holder', verified(rep.email))).status).toBe(204);
  expect((await signIn('second-holder', verified(rep.email))).body.code).toBe('provider_other_subject');
  expect((await hub.call('DELETE', `/users/${rep.id}/provider-links`, { key: rep.key })).status).toBe(403);
  expect((await hub.call('DELETE', `/users/${rep.id}/provider-links`)).status).toBe(204);
  expect((await signIn('second-holder', verified(rep.email))).status).toBe(204);
  expect((await logOf(hub, rep.id)).map(({ type }) => type)).toContain('user.provider_unlinked');
});

it('makes users of allowed domains alone', async () => {
  expect((await signIn('new-1', verified('new@acme.example'))).body.code).toBe('provider_no_account');
  expect((await change({ allowedDomains: ['Acme.example'], defaultRole: 'rep' })).body.allowedDomains).toEqual(['acme.example']);
  expect((await signIn('new-2', verified('new@sub.acme.example'))).status).toBe(401);
  expect((await signIn('new-3', verified('new@notacme.example'))).status).toBe(401);
  const made = await signIn('new-1', verified('new@acme.example', { name: ' Nora\u0000 New ' }));
  const { user, role } = await meOf(made);
  expect({ user, role }).toMatchObject({ user: { name: 'Nora New', email: 'new@acme.example' }, role: 'rep' });
  const by = await hub.deed((ctx) =>
    rowOf(ctx, SQL`select actor_kind as kind, actor_id as id from events where type = 'user.created' and record_id = ${user.id}`),
  );
  expect(by).toEqual({ kind: 'integration', id: provider.id });
});

it('gives role and teams by the claims at each sign-in, and takes them again', async () => {
  const team = (await hub.call('POST', '/teams', { body: { name: 'North' } })).body.id;
  const rules = [
    { claim: 'groups', value: 'leads', role: 'manager' },
    { claim: 'groups', value: 'sales', role: 'rep' },
    { claim: 'groups', value: 'north', teamId: team },
  ];
  expect((await change({ rules, defaultRole: null })).status).toBe(200);
  const email = 'mover@acme.example';
  const members = async () => (await hub.call('GET', `/teams/${team}`)).body.userIds;
  const as = async (groups: unknown) => signIn('mover', verified(email, { groups }));
  expect((await as([])).body.code).toBe('provider_no_role');
  const first = await meOf(await as(['sales', 'north']));
  expect(first.role).toBe('rep');
  expect(await members()).toEqual([first.user.id]);
  expect((await meOf(await as(['sales', 'leads']))).role).toBe('manager');
  expect(await members()).toEqual([]);
  expect((await as('nothing')).body.code).toBe('provider_no_role');
  const story = (await logOf(hub, first.user.id)).filter(({ type }) => type === 'user.updated');
  expect(story.map(({ data }) => data.changes.role)).toEqual([{ from: 'rep', to: 'manager' }]);
  expect((await hub.call('DELETE', '/roles/manager')).status).toBe(409);
  await change({ rules: [], defaultRole: 'rep' });
});

it('never demotes the last admin', async () => {
  await change({ rules: [{ claim: 'groups', value: 'all', role: 'viewer' }] });
  const entered = await signIn('boss', verified(hub.admin.email, { groups: ['all'] }));
  expect(await meOf(entered)).toMatchObject({ user: { id: hub.admin.id }, role: 'admin' });
  await change({ rules: [] });
});

it('asks for the second factor of who has set one up, and keeps a disabled user out', async () => {
  const rep = await hub.aRep();
  expect((await signIn('gone', verified(rep.email))).status).toBe(204);
  await hub.deed((ctx) =>
    rowsOf(ctx, SQL`insert into second_factors (user_id, secret, confirmed_at) values (${rep.id}, ''::bytea, now())`),
  );
  expect((await signIn('gone', verified(rep.email))).body.step).toBe('second_factor');
  await hub.call('PATCH', `/users/${rep.id}`, { body: { disabled: true } });
  expect((await signIn('gone', verified(rep.email))).body.code).toBe('provider_disabled');
});

it('takes an answer once, from the browser that began, for its provider, within ten minutes', async () => {
  const rep = await hub.aRep();
  openid.people.set('careful', verified(rep.email));
  const [mine, other] = [await begin(), await begin()];
  const query = await openid.visit(mine.url, 'careful');
  const before = await failures();
  const refused = async (text: string, cookie: string, status: number) =>
    expect((await finish(text, cookie)).status, `${text} ${cookie}`).toBe(status);
  await refused(query, '', 410);
  await refused(query, `${mine.cookie.slice(0, -8)}AAAAAAAA`, 410);
  await refused(query, mine.cookie.toLowerCase(), 410);
  await refused(query, mine.cookie.slice(0, 60), 410);
  await refused(query, other.cookie, 401);
  await refused(query.replace(/state=[^&]+/, 'state=guess'), mine.cookie, 401);
  await refused(`${query}&state=twice`, mine.cookie, 401);
  await refused(query.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'), mine.cookie, 401);
  await refused('', mine.cookie, 401);
  await refused('?error=access_denied&state=x', mine.cookie, 401);
  expect(await failures()).toBe(before + 10);
  const late = clock;
  clock = new Date(late.getTime() + 601_000);
  await refused(query, mine.cookie, 410);
  clock = late;
  await refused(query, mine.cookie, 204);
  await refused(query, mine.cookie, 401);
});

it('takes no code that was begun at another provider', async () => {
  await add({ key: 'other', name: 'Other' });
  openid.people.set('mixed', verified('mixed@acme.example'));
  const [mine, theirs] = [await begin(), await begin('other')];
  const query = await openid.visit(mine.url, 'mixed');
  expect((await finish(query, mine.cookie, 'other')).status).toBe(410);
  expect((await finish(query, theirs.cookie, 'other')).status).toBe(401);
});

it('says that a provider is away, or is none, and calls no private address that is not allowed', async () => {
  const made = async (key: string, issuer: string) => {
    await add({ key, name: key, issuer });
    return hub.call('POST', `/session/provider/${key}`, { key: null });
  };
  expect(await made('away', 'http://127.0.0.1:9')).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
  expect((await made('private', 'http://10.0.0.1')).body.detail).toContain('ALLOW_PRIVATE_HOSTS');
  expect((await made('no-issuer', `${openid.issuer}/nothing`)).status).toBe(503);
  expect((await hub.call('POST', '/session/provider/nobody', { key: null })).status).toBe(404);
  await change({ clientSecret: 'not the secret' });
  expect((await signIn('rita')).body).toMatchObject({
    code: 'provider_refused',
    detail: expect.stringContaining('invalid_client'),
  });
  await change({ clientSecret: openid.clientSecret });
});

it('refuses settings that point nowhere, and who may not do everything', async () => {
  for (const [body, pointer] of [
    [{ rules: [{ claim: 'g', value: 'x', role: 'nobody' }] }, '/rules/0/role'],
    [{ rules: [{ claim: 'g', value: 'x' }] }, '/rules/0/role'],
    [{ defaultRole: 'nobody' }, '/defaultRole'],
    [{ scope: 'email' }, '/scope'],
    [{ allowedDomains: ['not a domain'] }, '/allowedDomains/0'],
  ] as const) {
    expect((await change(body)).body.errors?.[0].pointer, pointer).toBe(pointer);
  }
  expect((await add({ key: 'acme-id', name: 'Again' })).body.code).toBe('provider_key_taken');
  const everything = { create: 'all', read: 'all', edit: 'all', delete: 'all' };
  const role = { key: 'tinkerer', name: 'Tinkerer', permissions: { system: everything } };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const tinkerer = await hub.aUser('tinkerer');
  expect(
    (await hub.call('PATCH', `/identity-providers/${provider.id}`, { key: tinkerer.key, body: { name: 'Mine' } })).status,
  ).toBe(403);
});

it('is the only way in once passwords are off, save for a link from the command line or an admin', async () => {
  const rep = await hub.aRep();
  const off = (passwordSignIn: boolean) =>
    hub.call('PUT', '/settings/sign-in', { body: { passwordSignIn, secondFactorRoles: [] } });
  expect((await off(false)).status).toBe(200);
  const byPassword = () => hub.call('POST', '/session', { key: null, body: { email: rep.email, password: rep.password } });
  expect((await byPassword()).body.code).toBe('password_sign_in_off');
  expect((await signIn('last-way', verified(rep.email))).status).toBe(204);
  const { data } = (await hub.call('GET', '/identity-providers')).body;
  for (const { id } of data) if (id !== provider.id) await hub.call('DELETE', `/identity-providers/${id}`);
  expect((await hub.call('DELETE', `/identity-providers/${provider.id}`)).body.code).toBe('no_provider');
  expect((await change({ enabled: false })).body.code).toBe('no_provider');
  const { url } = (await hub.call('POST', `/users/${rep.id}/link`)).body;
  const followed = await hub.call('POST', '/links/follow', {
    key: null,
    body: { token: String(url).split('#')[1], password: 'another long secret' },
  });
  expect(followed.status).toBe(204);
  expect((await off(true)).status).toBe(200);
  expect((await hub.call('DELETE', `/identity-providers/${provider.id}`)).status).toBe(204);
  expect((await off(false)).body.code).toBe('no_provider');
  expect((await logOf(hub, provider.id)).at(-1)).toMatchObject({ type: 'system.provider_changed', data: { change: 'deleted' } });
});
