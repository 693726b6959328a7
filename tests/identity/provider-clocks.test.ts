import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Hub, startHub } from '../support/hub.ts';
import { startDistantOpenid, startOpenidServer } from '../support/servers/openid.ts';
import { eventually } from '../support/wait.ts';

const origin = 'http://hub.example';
let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [], config: { publicUrl: origin, allowPrivateHosts: ['127.0.0.1'] } });
});
afterAll(() => hub.stop());

const cookiesOf = (answer: Answer): string =>
  [answer.headers['set-cookie'] ?? []]
    .flat()
    .map((line) => String(line).split(';')[0])
    .join('; ');

interface AtProvider {
  visit(url: string, subject: string): Promise<string>;
  key: string;
}

async function signIn({ visit, key }: AtProvider, subject: string): Promise<Answer> {
  const begun = await hub.call('POST', `/session/provider/${key}`, { key: null });
  expect(begun.status).toBe(200);
  const query = await visit(begun.body.url, subject);
  const headers = { cookie: cookiesOf(begun), origin };
  return hub.call('POST', `/session/provider/${key}/finish`, { key: null, body: { query }, headers });
}

const add = (body: object) => hub.call('POST', '/identity-providers', { body: { name: 'P', ...body } });
const failed = async (): Promise<{ actorId: string | null; data: { method: string } }[]> =>
  (await hub.call('GET', '/audit?types=user.sign_in_failed&limit=200')).body.data;

it('takes tokens of a clock that is a little off, and beyond a minute refuses them, says why, and writes it down', async () => {
  const openid = await startDistantOpenid();
  const { issuer, clientId, clientSecret } = openid;
  try {
    const made = await add({ key: 'distant', issuer, clientId, clientSecret });
    const rep = await hub.aRep();
    await openid.tell({
      leadTo: made.body.redirectUri,
      person: { subject: 'r', claims: { email: rep.email, email_verified: true } },
    });
    const tokenSeconds = 3_600;
    const at = async (clockAheadSeconds: number) => {
      await openid.tell({ clockAheadSeconds });
      return signIn({ visit: openid.visit, key: 'distant' }, 'r');
    };
    for (const little of [0, 20, -20, -tokenSeconds - 5]) expect((await at(little)).status, `${little} s`).toBe(204);
    expect(await failed()).toEqual([]);
    for (const far of [600, -tokenSeconds - 90]) {
      const answer = await at(far);
      expect(answer, `${far} s`).toMatchObject({
        status: 401,
        body: { code: 'provider_clock_off', detail: expect.stringContaining('60 seconds') },
      });
      expect(cookiesOf(answer)).not.toMatch(/throughline_session=[^;]/);
      expect(JSON.stringify(answer.body)).not.toMatch(/eyJ|iat|exp"/);
    }
    await eventually(async () => (await failed()).length === 2);
    expect((await failed()).map(({ data }) => data.method)).toEqual(['provider', 'provider']);
    expect((await at(0)).status).toBe(204);
  } finally {
    openid.stop();
  }
});

it('signs in at a tenant of a provider, and at no address that stands for many', async () => {
  const tenant = '/8f1b2c3d-0000-4000-8000-00000000abcd/v2.0';
  const openid = await startOpenidServer({ path: tenant, alsoAt: ['/common/v2.0'] });
  const { issuer, clientId, clientSecret, people, visit } = openid;
  try {
    const made = await add({ key: 'tenant', issuer, clientId, clientSecret });
    expect(made.status).toBe(201);
    openid.leadTo(made.body.redirectUri);
    const rep = await hub.aRep();
    people.set('t', { email: rep.email, email_verified: true, tid: 'abcd' });
    expect((await signIn({ visit, key: 'tenant' }, 't')).status).toBe(204);
    await add({ key: 'common', issuer: issuer.replace(tenant, '/common/v2.0'), clientId, clientSecret });
    expect((await hub.call('POST', '/session/provider/common', { key: null })).body).toMatchObject({
      status: 409,
      code: 'provider_issuer_differs',
      detail: expect.stringContaining(`calls itself ${issuer}`),
    });
  } finally {
    await openid.stop();
  }
});

it('refuses issuers of many organisations when they are set up, and says which to name', async () => {
  const base = 'https://login.microsoftonline.com';
  const many = ['{tenantid}', '{tenant}', '%7Btenantid%7D', 'common', 'organizations', 'consumers', 'Common'];
  for (const issuer of [...many.map((word) => `${base}/${word}/v2.0`), 'https://sts.windows.net/common/', `${base}/common`]) {
    expect((await add({ key: 'many', issuer, clientId: 'x' })).body, issuer).toMatchObject({
      status: 400,
      errors: [{ pointer: '/issuer', code: 'issuer_of_many_tenants', message: expect.stringContaining('name your own tenant') }],
    });
  }
  const own = `${base}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`;
  expect((await add({ key: 'own', issuer: own, clientId: 'x' })).status).toBe(201);
  expect((await add({ key: 'elsewhere', issuer: 'https://id.example/common', clientId: 'x' })).status).toBe(201);
});
