import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { consumers } from '../../workers/relay.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { type Receiver, startReceiver } from './receiver.ts';

let hub: Hub;
let receiver: Receiver;
let scout: Person;
beforeAll(async () => {
  hub = await startHub({ jobs: {}, consumers, config: { allowPrivateHosts: ['127.0.0.1'] } });
  const own = { create: 'own', read: 'own', edit: 'own' };
  const permissions = { contact: own, webhook_endpoint: { ...own, read: 'all', edit: 'all' } };
  await hub.call('POST', '/roles', { body: { key: 'scout', name: 'Scout', permissions } });
  scout = await hub.aUser('scout');
});
afterAll(() => hub.stop());
beforeEach(async () => {
  receiver = await startReceiver();
  return () => receiver.close();
});

const anEndpoint = async (by: Person, eventTypes: string[]): Promise<{ id: string }> => {
  const made = await hub.call('POST', '/webhook-endpoints', { body: { url: receiver.url, eventTypes }, key: by.key });
  expect(made.status).toBe(201);
  return made.body;
};
const settledOne = (endpointId: string) =>
  eventually(async () => {
    const [delivery] = (await hub.call('GET', `/webhook-endpoints/${endpointId}/deliveries`)).body.data;
    return delivery !== undefined && delivery.state !== 'pending' && delivery;
  });

it('what its owner has come to see no more is not sent again, nor anything once they are disabled', async () => {
  const endpoint = await anEndpoint(scout, ['contact.created']);
  const { body: contact } = await hub.call('POST', '/contacts', { body: { firstName: 'Passing', ownerId: scout.id } });
  const { id } = await settledOne(endpoint.id);
  expect(receiver.calls).toHaveLength(1);
  const again = async () => {
    expect((await hub.call('POST', `/webhook-deliveries/${id}/redeliver`)).status).toBeLessThan(300);
    return settledOne(endpoint.id);
  };
  expect(await again()).toMatchObject({ state: 'delivered' });
  await hub.call('PATCH', `/contacts/${contact.id}`, { body: { ownerId: hub.admin.id } });
  expect(await again()).toMatchObject({ state: 'failed', lastError: expect.stringContaining('may not see') });
  await hub.call('PATCH', `/contacts/${contact.id}`, { body: { ownerId: scout.id } });
  await hub.call('PATCH', `/users/${scout.id}`, { body: { disabled: true } });
  expect(await again()).toMatchObject({ state: 'failed', lastError: expect.stringContaining('disabled') });
  await hub.call('PATCH', `/users/${scout.id}`, { body: { disabled: false } });
  expect(receiver.calls).toHaveLength(2);
});

it('nobody leads elsewhere, or opens wider, what gets more than they may see; they may switch it off', async () => {
  const { id } = await anEndpoint(hub.admin, ['contact.created']);
  const edit = (body: object) => hub.call('PATCH', `/webhook-endpoints/${id}`, { body, key: scout.key });
  for (const body of [{ url: `${receiver.url}/mine` }, { eventTypes: null }])
    expect(await edit(body)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  const rotated = await hub.call('POST', `/webhook-endpoints/${id}/rotate-secret`, { key: scout.key });
  expect(rotated).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect((await edit({ disabled: true })).status).toBe(200);
  expect((await edit({ disabled: false })).status).toBe(403);
  const narrow = { objects: { webhook_endpoint: 'write', contact: 'read' }, capabilities: [] };
  const key = (await hub.call('POST', '/keys', { body: { name: 'Narrow', userId: hub.admin.id, scopes: narrow } })).body.key;
  const asKey = (endpoint: string) =>
    hub.call('PATCH', `/webhook-endpoints/${endpoint}`, { body: { eventTypes: ['contact.updated'] }, key });
  expect((await asKey(id)).status).toBe(403);
  const own = await hub.call('POST', '/webhook-endpoints', { body: { url: receiver.url, eventTypes: ['contact.created'] }, key });
  expect((await asKey(own.body.id)).status).toBe(200);
});

it('tells another system of sign-ins, failures and changed rights, when who may see the audit asks for it', async () => {
  const types = ['user.signed_in', 'user.sign_in_failed', 'role.updated'];
  const [audit, blind] = [await anEndpoint(hub.admin, types), await anEndpoint(scout, types)];
  const signIn = (password: string) => hub.call('POST', '/session', { key: null, body: { email: scout.email, password } });
  await signIn('not the password');
  await signIn(scout.password);
  await hub.call('PATCH', '/roles/scout', { body: { name: 'Scouts' } });
  const heard = await eventually(() => receiver.calls.length >= 3 && receiver.calls);
  expect(heard.map(({ body }) => JSON.parse(body).type).sort()).toEqual([...types].sort());
  for (const { headers } of heard) expect(headers['webhook-signature']).toMatch(/^v1,/);
  const deliveries = async (id: string) => (await hub.call('GET', `/webhook-endpoints/${id}/deliveries`)).body.data;
  expect(await deliveries(audit.id)).toHaveLength(3);
  expect(await deliveries(blind.id)).toEqual([]);
});
