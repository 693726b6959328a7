import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Readiness } from '../../src/health.routes.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

it('is alive whatever the engines do, and ready with a reason per engine when not', async () => {
  let state: Readiness = { ready: false, engines: { postgres: 'ok', temporal: 'does not answer at 127.0.0.1:7233' } };
  const app = await buildApp(hub.services, { readiness: async () => state });
  const get = async (url: string) => {
    const answer = await app.inject({ url });
    return { status: answer.statusCode, body: answer.json() };
  };
  expect(await get('/healthz')).toEqual({ status: 200, body: { ok: true } });
  expect(await get('/readyz')).toEqual({ status: 503, body: state });
  state = { ready: true, engines: { postgres: 'ok', temporal: 'ok' } };
  expect(await get('/readyz')).toEqual({ status: 200, body: state });
  await app.close();
});

it('answers an unknown address and a wrong method with a problem that carries the request id', async () => {
  const unknown = await hub.call('GET', '/nothing', { headers: { 'x-request-id': 'abc-1' } });
  expect(unknown).toMatchObject({ status: 404, headers: { 'x-request-id': 'abc-1' }, body: { requestId: 'abc-1', status: 404 } });
  expect(await hub.call('PUT', '/contacts')).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
  expect((await hub.call('GET', '//nothing')).status).toBe(404);
});

it('takes no request id that is not well-formed, and gives one of its own', async () => {
  for (const wrong of ['x'.repeat(101), 'two words', '<script>', '{"a":1}', 'é', '']) {
    const { headers } = await hub.call('GET', '/nothing', { headers: { 'x-request-id': wrong } });
    expect(headers['x-request-id'], wrong).toMatch(/^[\w.-]{1,100}$/);
    expect(headers['x-request-id'], wrong).not.toBe(wrong);
  }
});

it('tells nothing of an accident but the id to quote', async () => {
  const { services } = hub;
  const broken = await buildApp(services, { readiness: () => Promise.reject(new Error('password=hunter2 at /srv/secret.ts')) });
  const answer = await broken.inject({ url: '/readyz' });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toMatchObject({ code: 'internal_error', requestId: expect.any(String) });
  expect(answer.body).not.toMatch(/hunter2|secret/);
  await broken.close();
});
