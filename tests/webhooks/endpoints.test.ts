import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const anEndpoint = async () =>
  (await hub.call('POST', '/webhook-endpoints', { body: { url: 'https://93.184.215.14/in', description: 'Shop' } })).body;

it('makes, lists, edits and deletes an endpoint, whose secret is shown once', async () => {
  const made = await anEndpoint();
  expect(made).toMatchObject({ eventTypes: null, description: 'Shop', ownerId: hub.admin.id, version: 1, disabledReason: null });
  const { secret: _, ...shown } = made;
  expect((await hub.call('GET', `/webhook-endpoints/${made.id}`)).body).toEqual(shown);
  expect((await hub.call('GET', '/webhook-endpoints')).body.data).toContainEqual(shown);
  const edited = await hub.call('PATCH', `/webhook-endpoints/${made.id}`, {
    body: { eventTypes: ['deal.closed'], description: null, disabled: true },
    headers: { 'if-match': '"v1"' },
  });
  expect(edited).toMatchObject({
    status: 200,
    body: { eventTypes: ['deal.closed'], description: null, disabledReason: 'user', disabledAt: expect.any(String), version: 2 },
  });
  const stale = await hub.call('PATCH', `/webhook-endpoints/${made.id}`, {
    body: { disabled: false },
    headers: { 'if-match': '"v1"' },
  });
  expect(stale).toMatchObject({ status: 412, body: { code: 'version_mismatch' } });
  expect(await hub.call('POST', `/webhook-endpoints/${made.id}/test`)).toMatchObject({ status: 409 });
  expect((await hub.call('DELETE', `/webhook-endpoints/${made.id}`)).status).toBe(204);
  expect((await hub.call('GET', `/webhook-endpoints/${made.id}`)).status).toBe(404);
});

it('checks an edited address as it does a new one', async () => {
  const { id } = await anEndpoint();
  const refused = await hub.call('PATCH', `/webhook-endpoints/${id}`, { body: { url: 'https://192.168.1.1/' } });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/url', code: 'host_refused' }] } });
});

it('makes one endpoint of a request that is repeated with its Idempotency-Key, and answers with the same secret', async () => {
  const again = () =>
    hub.call('POST', '/webhook-endpoints', {
      body: { url: 'https://93.184.215.14/once' },
      headers: { 'idempotency-key': 'endpoint-once' },
    });
  const [first, second] = [await again(), await again()];
  expect(second.body).toEqual(first.body);
  const all = await hub.call('GET', '/webhook-endpoints');
  expect(all.body.data.filter(({ url }: { url: string }) => url.endsWith('/once'))).toHaveLength(1);
});

it('is for those who may, and 404 for what is not there', async () => {
  const { id } = await anEndpoint();
  const rep = await hub.aRep();
  const nobody = '01234567-89ab-7def-8123-456789abcdef';
  const routes = [
    ['GET', `/webhook-endpoints/${nobody}`],
    ['PATCH', `/webhook-endpoints/${nobody}`],
    ['DELETE', `/webhook-endpoints/${nobody}`],
    ['POST', `/webhook-endpoints/${nobody}/test`],
    ['POST', `/webhook-endpoints/${nobody}/rotate-secret`],
    ['GET', `/webhook-endpoints/${nobody}/deliveries`],
    ['GET', `/webhook-deliveries/${nobody}`],
    ['GET', `/webhook-deliveries/${nobody}/attempts`],
    ['POST', `/webhook-deliveries/${nobody}/redeliver`],
  ] as const;
  for (const [method, path] of routes) {
    const body = method === 'PATCH' ? { disabled: true } : undefined;
    expect((await hub.call(method, path, { body })).status, `${method} ${path}`).toBe(404);
    expect((await hub.call(method, path, { body, key: rep.key })).status, `${method} ${path}`).toBe(403);
    expect((await hub.call(method, path, { body, key: null })).status, `${method} ${path}`).toBe(401);
  }
  expect((await hub.call('DELETE', `/webhook-endpoints/${id}`, { key: rep.key })).status).toBe(403);
});
