import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
/** What the hub's clock is ahead of the real one. */
let aheadMs = 0;
beforeAll(async () => {
  hub = await startHub({ now: () => new Date(Date.now() + aheadMs) });
});
afterAll(() => hub.stop());

const makeKey = (body: object, key?: string) => hub.call('POST', '/keys', { body, ...(key === undefined ? {} : { key }) });

it('makes a key that works until it is revoked, and shows its secret once', async () => {
  const made = await makeKey({ name: 'Zapier', role: 'rep' });
  expect(made).toMatchObject({ status: 201, body: { name: 'Zapier', role: 'rep', userId: null } });
  const { id, key } = made.body;
  expect((await hub.call('GET', '/me', { key })).body).toMatchObject({ kind: 'key', user: null, role: 'rep' });
  const listed = await eventually(async () =>
    (await hub.call('GET', '/keys')).body.data.find((one: Record<string, unknown>) => one.id === id && one.lastUsedAt !== null),
  );
  expect(listed).not.toHaveProperty('key');
  expect((await hub.call('DELETE', `/keys/${id}`)).status).toBe(204);
  expect((await hub.call('GET', '/me', { key })).status).toBe(401);
  expect((await hub.call('DELETE', `/keys/${id}`)).status).toBe(404);
  expect((await makeKey({ name: 'Zapier', role: 'rep' })).status).toBe(201);
});

it('keeps no secret in the database', async () => {
  const { key } = (await makeKey({ name: 'Secretive', role: 'rep' })).body;
  const [row] = await hub.deed((ctx) =>
    rowsOf<{ all: string }>(
      ctx,
      SQL`select (select string_agg(k::text, ',') from api_keys k) || (select string_agg(e::text, ',') from events e) as all`,
    ),
  );
  expect(row?.all).not.toContain(key.slice('thl_'.length + 33));
});

it('refuses a key with any character changed', async () => {
  const { key } = hub.admin;
  for (const wrong of [
    `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
    key.slice(0, -1),
    `${key}A`,
    key.toUpperCase(),
    '',
    'thl_',
  ]) {
    expect((await hub.call('GET', '/me', { key: wrong })).status, wrong).toBe(401);
  }
});

it('lets no rep make, list or revoke keys, or make users', async () => {
  const { key } = await hub.aRep();
  const [one] = (await hub.call('GET', '/keys')).body.data;
  const user = { name: 'Mallory', email: 'mallory@acme.example', role: 'admin' };
  expect((await makeKey({ name: 'Mine', role: 'admin' }, key)).body).toMatchObject({ status: 403, permission: 'key:create' });
  expect((await hub.call('GET', '/keys', { key })).status).toBe(403);
  expect((await hub.call('DELETE', `/keys/${one.id}`, { key })).status).toBe(403);
  expect((await hub.call('POST', '/users', { body: user, key })).body).toMatchObject({ permission: 'user:create' });
  expect((await hub.call('GET', `/users/${hub.admin.id}`, { key })).status).toBe(200);
});

it('makes users, whose address is theirs alone however it is written', async () => {
  const body = { name: 'Rob', email: 'Rob@Acme.example', role: 'rep', timeZone: 'Europe/Vienna' };
  expect((await hub.call('POST', '/users', { body })).body).toMatchObject({
    email: 'Rob@Acme.example',
    timeZone: 'Europe/Vienna',
    version: 1,
  });
  expect(await hub.call('POST', '/users', { body: { ...body, email: 'rob@ACME.example' } })).toMatchObject({
    status: 409,
    body: { code: 'user_email_taken', errors: [{ pointer: '/email' }] },
  });
});

it('says who acts: a key acts as its user, with the key in the log', async () => {
  const rep = await hub.aRep();
  const company = await hub.call('POST', '/companies', { body: { name: 'By key' }, key: rep.key });
  expect(company.body.ownerId).toBe(rep.id);
  const [event] = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select actor_kind as kind, actor_id as id, door->>'kind' as door, door->>'requestId' as request from events where record_id = ${company.body.id}`,
    ),
  );
  expect(event).toMatchObject({ kind: 'key', door: 'http', request: company.headers['x-request-id'] });
});

it('narrows a key by its scopes, per object and capability; they give nothing that its role has not', async () => {
  const scopes = { objects: { contact: 'read', deal: 'write', webhook_source: 'write' }, capabilities: ['merge', 'export'] };
  const { key } = (await makeKey({ name: 'Narrow', role: 'rep', scopes })).body;
  const ask = async (method: string, path: string, body?: object) =>
    (await hub.call(method, path, { key, ...(body === undefined ? {} : { body }) })).status;
  expect(await ask('GET', '/contacts')).toBe(200);
  expect(await ask('POST', '/contacts', { firstName: 'A' })).toBe(403);
  expect(await ask('POST', '/deals', { name: 'D' })).toBe(201);
  expect(await ask('GET', '/companies')).toBe(403);
  expect(await ask('GET', '/webhook-sources')).toBe(403);
  expect((await hub.call('GET', '/me', { key })).body.capabilities).toEqual(['merge']);
});

it('a key that acts as a user has their role, whatever becomes of it', async () => {
  const rep = await hub.aRep();
  expect(await hub.call('PATCH', `/users/${rep.id}`, { body: { role: 'viewer' } })).toMatchObject({ status: 200 });
  expect((await hub.call('POST', '/contacts', { key: rep.key, body: { firstName: 'A' } })).status).toBe(403);
  expect((await hub.call('GET', '/me', { key: rep.key })).body).toMatchObject({ role: 'viewer', kind: 'key' });
  expect((await makeKey({ name: 'Neither' })).body.errors).toMatchObject([{ pointer: '/role', code: 'role_needed' }]);
});

it('ends a key when it expires, and takes no date that is past', async () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const { key } = (await makeKey({ name: 'Short', role: 'rep', expiresAt: soon })).body;
  expect((await hub.call('GET', '/me', { key })).status).toBe(200);
  aheadMs = 3_600_000;
  expect((await hub.call('GET', '/me', { key })).status).toBe(401);
  aheadMs = 0;
  expect((await makeKey({ name: 'Past', role: 'rep', expiresAt: '2020-01-01T00:00:00Z' })).status).toBe(400);
});

it('rotates a key: the new secret works at once, the old one as long as was asked for', async () => {
  const { id, key: first } = (await makeKey({ name: 'Turning', role: 'rep' })).body;
  const rotate = async (overlapHours?: number) =>
    (await hub.call('POST', `/keys/${id}/rotate`, { body: overlapHours === undefined ? {} : { overlapHours } })).body.key;
  const works = async (key: string) => (await hub.call('GET', '/me', { key })).status === 200;
  expect(await works(first)).toBe(true);
  const second = await rotate();
  expect([await works(first), await works(second)]).toEqual([true, true]);
  const third = await rotate(0);
  expect([await works(first), await works(second), await works(third)]).toEqual([false, false, true]);
  expect((await hub.call('POST', `/keys/${hub.admin.id}/rotate`, { body: {} })).status).toBe(404);
});
