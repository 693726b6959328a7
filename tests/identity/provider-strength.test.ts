import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Hub, type Person, startHub } from '../support/hub.ts';
import { type OpenidServer, startOpenidServer } from '../support/servers/openid.ts';

const origin = 'http://hub.example';
let hub: Hub;
let openid: OpenidServer;
let rep: Person;
let id: string;
beforeAll(async () => {
  openid = await startOpenidServer();
  hub = await startHub({ config: { publicUrl: origin, allowPrivateHosts: ['127.0.0.1'] } });
  const { issuer, clientId, clientSecret } = openid;
  const body = { key: 'acme', name: 'Acme', issuer, clientId, clientSecret };
  const made = await hub.call('POST', '/identity-providers', { body });
  id = made.body.id;
  openid.leadTo(made.body.redirectUri);
  rep = await hub.aRep();
});
afterAll(async () => {
  await hub.stop();
  await openid.stop();
});

/** Signs in at the provider, which says `claims` of it, by the address that `lead` makes of the one that the hub sends the browser to. */
async function signIn(claims: object, lead = (url: URL) => url): Promise<Answer & { asked: URLSearchParams }> {
  openid.people.set('rita', { email: rep.email, email_verified: true, ...claims });
  const begun = await hub.call('POST', '/session/provider/acme', { key: null });
  const cookie = String(begun.headers['set-cookie']).split(';')[0] ?? '';
  const asked = new URL(begun.body.url);
  const query = await openid.visit(lead(new URL(asked)).href, 'rita');
  const finished = await hub.call('POST', '/session/provider/acme/finish', {
    key: null,
    body: { query },
    headers: { cookie, origin },
  });
  return { ...finished, asked: asked.searchParams };
}
const require = async (patch: object) =>
  expect((await hub.call('PATCH', `/identity-providers/${id}`, { body: patch })).status).toBe(200);
const tooWeak = { status: 401, body: { code: 'provider_too_weak' } };

it('lets in only who signed in at the provider by one of the required ways, as its ID token says', async () => {
  expect(await signIn({})).toMatchObject({ status: 204 });
  await require({ requiredAmr: ['mfa', 'hwk'] });
  for (const amr of [undefined, 'mfa', ['pwd'], ['MFA'], []]) expect(await signIn({ amr })).toMatchObject(tooWeak);
  expect(await signIn({ amr: ['pwd', 'mfa'] })).toMatchObject({ status: 204 });
  await require({ requiredAmr: [] });
});

it('asks the provider for a level, and lets in only who has reached it', async () => {
  await require({ requiredAcr: ['urn:gold', 'urn:silver'] });
  const without = (url: URL) => {
    url.searchParams.delete('acr_values');
    return url;
  };
  const refused = await signIn({}, without);
  expect(refused).toMatchObject(tooWeak);
  expect(refused.asked.get('acr_values')).toBe('urn:gold urn:silver');
  expect(await signIn({ acr: 'urn:bronze' }, without)).toMatchObject(tooWeak);
  expect(await signIn({ acr: 'urn:silver' }, without)).toMatchObject({ status: 204 });
  await require({ requiredAcr: [] });
});

it('asks for a recent sign-in, and takes no answer that does not say when it was', async () => {
  await require({ maxAgeSeconds: 600 });
  const recent = await signIn({});
  expect(recent).toMatchObject({ status: 204 });
  expect(recent.asked.get('max_age')).toBe('600');
  const unasked = await signIn({}, (url) => {
    url.searchParams.delete('max_age');
    return url;
  });
  expect(unasked).toMatchObject(tooWeak);
  await require({ maxAgeSeconds: null });
});

it('refuses what is no word of a provider', async () => {
  for (const [patch, pointer] of [
    [{ requiredAmr: ['two words'] }, '/requiredAmr/0'],
    [{ requiredAcr: [''] }, '/requiredAcr/0'],
    [{ maxAgeSeconds: -1 }, '/maxAgeSeconds'],
  ] as const) {
    const answer = await hub.call('PATCH', `/identity-providers/${id}`, { body: patch });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  }
});
