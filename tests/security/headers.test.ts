import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';
import { temporaryFolder } from '../support/servers/place.ts';

let hub: Hub;
beforeAll(async () => {
  const webRoot = temporaryFolder('page');
  await mkdir(join(webRoot, 'assets'), { recursive: true });
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>Throughline</title>');
  await writeFile(join(webRoot, 'assets', 'app-1.js'), 'export {};');
  hub = await startHub({ webRoot });
});
afterAll(() => hub.stop());

it('lets nothing be loaded or framed from an answer of the API, and no type be guessed', async () => {
  for (const path of ['/contacts', '/nothing-here', '//healthz']) {
    const { headers } = await hub.call('GET', path);
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

it('lets the page run its own scripts alone, at every address of the page', async () => {
  for (const path of ['//', '//contacts', '//assets/app-1.js']) {
    const { status, headers } = await hub.call('GET', path, { key: null });
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

it('lets no page of another origin read or call it, asked before or with the request', async () => {
  const headers = { origin: 'https://evil.example' };
  const asking = { ...headers, 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'authorization' };
  for (const answer of [
    await hub.call('GET', '/contacts', { headers }),
    await hub.call('OPTIONS', '/contacts', { headers: asking, key: null }),
    await hub.call('POST', '/session', { headers, key: null, body: { email: 'a@b.example', password: 'x' } }),
  ])
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it('lets pages of the origins that are listed call the API with a key, never with a session', async () => {
  const origin = 'https://intranet.acme.test';
  const listed = await startHub({ config: { corsOrigins: [origin] } });
  const ask = (method: string, from: string, more: object = {}) =>
    listed.call(method, '/contacts', { headers: { origin: from, ...more }, ...(method === 'OPTIONS' ? { key: null } : {}) });
  const asking = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' };
  const asked = await ask('OPTIONS', origin, asking);
  expect(asked).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': origin } });
  expect(asked.headers['access-control-allow-methods']).toContain('PATCH');
  expect(asked.headers['access-control-allow-headers']).toContain('authorization');
  const called = await ask('GET', origin);
  expect(called).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin } });
  expect(String(called.headers.vary)).toMatch(/origin/i);
  for (const { headers } of [asked, called]) expect(headers).not.toHaveProperty('access-control-allow-credentials');
  for (const other of ['https://intranet.acme.test.evil.example', 'http://intranet.acme.test', `${origin}:8443`, 'null'])
    for (const answer of [await ask('OPTIONS', other, asking), await ask('GET', other)])
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  const signIn = { email: listed.admin.email, password: listed.admin.password };
  const { headers } = await listed.call('POST', '/session', { key: null, body: signIn });
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const forged = await listed.call('POST', '/tags', { key: null, body: { name: 'x' }, headers: { origin, cookie } });
  expect(forged).toMatchObject({ status: 403, body: { code: 'origin_mismatch' } });
  await listed.stop();
});

it('shows the API reference under a policy of its own', async () => {
  const { headers } = await hub.call('GET', '//docs/static/index.html', { key: null });
  expect(String(headers['content-security-policy'])).not.toContain('unsafe-eval');
});
