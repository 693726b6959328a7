import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowOf, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const all = { create: 'all', read: 'all', edit: 'all', delete: 'all' };

it('ships admin, manager, rep and viewer', async () => {
  const { body } = await hub.call('GET', '/roles');
  expect(body.data.map(({ key }: { key: string }) => key).sort()).toEqual(['admin', 'manager', 'rep', 'viewer']);
  const viewer = await hub.aUser('viewer');
  const contact = await aContact(hub);
  expect((await hub.call('GET', `/contacts/${contact.id}`, { key: viewer.key })).status).toBe(200);
  expect(await hub.call('PATCH', `/contacts/${contact.id}`, { key: viewer.key, body: { firstName: 'x' } })).toMatchObject({
    status: 403,
    body: { permission: 'contact:edit' },
  });
});

it('makes, changes and deletes a role; its holders have the new rights at once, and the log says what changed', async () => {
  const made = await hub.call('POST', '/roles', {
    body: { key: 'partner', name: 'Partner', permissions: { contact: { read: 'own', create: 'own' } }, capabilities: ['export'] },
  });
  expect(made).toMatchObject({ status: 201, body: { key: 'partner', shipped: false, version: 1 } });
  const partner = await hub.aUser('partner');
  const contact = await aContact(hub);
  const get = () => hub.call('GET', `/contacts/${contact.id}`, { key: partner.key });
  expect((await get()).status).toBe(404);
  expect((await hub.call('GET', '/deals', { key: partner.key })).status).toBe(403);
  const changed = await hub.call('PATCH', '/roles/partner', {
    body: { permissions: { contact: { read: 'all' } } },
    headers: { 'if-match': '"v1"' },
  });
  expect(changed).toMatchObject({ status: 200, body: { version: 2 } });
  expect((await get()).status).toBe(200);
  expect((await logOf(hub, made.body.id)).map(({ type }) => type)).toEqual(['role.created', 'role.updated']);
  expect(await hub.call('DELETE', '/roles/partner')).toMatchObject({ status: 409, body: { code: 'role_in_use' } });
  await hub.call('PATCH', `/users/${partner.id}`, { body: { role: 'rep' } });
  const keys = (await hub.call('GET', '/keys')).body.data;
  await hub.call('DELETE', `/keys/${keys.find(({ userId }: { userId: string }) => userId === partner.id).id}`);
  expect((await hub.call('DELETE', '/roles/partner')).status).toBe(204);
  expect((await hub.call('GET', '/roles/partner')).status).toBe(404);
});

it('leaves admin as it is, and refuses words that are none', async () => {
  expect(await hub.call('PATCH', '/roles/admin', { body: { name: 'x' } })).toMatchObject({
    status: 409,
    body: { code: 'role_is_fixed' },
  });
  expect(await hub.call('DELETE', '/roles/rep')).toMatchObject({ status: 409, body: { code: 'role_is_fixed' } });
  const wrong = { key: 'Wrong Key', name: '', permissions: { contract: all, contact: { read: 'some' } }, capabilities: ['fly'] };
  const { status, body } = await hub.call('POST', '/roles', { body: wrong });
  expect(status).toBe(400);
  expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
    expect.arrayContaining(['/key', '/name', '/permissions/contact/read', '/capabilities/0']),
  );
  const hidden = { key: 'h', name: 'H', permissions: {}, fields: { contact: { id: 'hidden' } } };
  expect((await hub.call('POST', '/roles', { body: hidden })).status).toBe(400);
});

it('asks for confirmation of a change by which its editor loses rights', async () => {
  const permissions = { role: all, user: all, contact: all };
  const { id } = (await hub.call('POST', '/roles', { body: { key: 'office', name: 'Office', permissions } })).body;
  const office = await hub.aUser('office');
  const edit = (body: object) => hub.call('PATCH', '/roles/office', { key: office.key, body });
  const fewer = { permissions: { role: all, user: all } };
  expect(await edit(fewer)).toMatchObject({
    status: 409,
    body: { code: 'confirmation_needed', lost: ['contact:create', 'contact:read', 'contact:edit', 'contact:delete'] },
  });
  expect((await logOf(hub, id)).map(({ type }) => type)).toEqual(['role.created']);
  expect((await edit({ ...fewer, confirm: true })).status).toBe(200);
  expect((await logOf(hub, id)).at(-1)).toMatchObject({
    type: 'role.updated',
    data: { changes: { permissions: { to: fewer.permissions } } },
  });
  expect((await hub.call('GET', '/contacts', { key: office.key })).status).toBe(403);
});

it('lets nobody give away rights that they do not have', async () => {
  await hub.call('POST', '/roles', { body: { key: 'hr', name: 'HR', permissions: {}, capabilities: ['manage_users'] } });
  const hr = await hub.aUser('hr');
  const tried = [
    await hub.call('POST', '/roles', {
      key: hr.key,
      body: { key: 'mine', name: 'Mine', permissions: { contact: { read: 'all' } } },
    }),
    await hub.call('PATCH', `/users/${hr.id}`, { key: hr.key, body: { role: 'admin' } }),
    await hub.call('POST', '/users', { key: hr.key, body: { name: 'X', email: 'x@acme.test', role: 'admin' } }),
    await hub.call('POST', '/keys', { key: hr.key, body: { name: 'X', role: 'rep' } }),
    await hub.call('POST', '/roles', {
      key: hr.key,
      body: { key: 'reader', name: 'Reader', permissions: {}, capabilities: ['read_others_mail'] },
    }),
  ];
  expect(tried.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect(tried.at(-1)?.body.permission).toBe('read_others_mail');
  expect((await hub.call('GET', '/users', { key: hr.key })).status).toBe(200);
});

it('counts a hidden field as a right: nobody shows what is hidden from them, and who hides it from themselves is asked', async () => {
  const fields = { contact: { phone: 'hidden', title: 'readonly' } };
  const body = { key: 'desk', name: 'Desk', permissions: { contact: all }, capabilities: ['manage_users'], fields };
  expect((await hub.call('POST', '/roles', { body })).status).toBe(201);
  const desk = await hub.aUser('desk');
  const ask = (method: string, path: string, sent: object) => hub.call(method, path, { key: desk.key, body: sent });
  const shown = { key: 'shown', name: 'Shown', permissions: { contact: all } };
  await hub.call('POST', '/roles', { body: { ...shown, key: 'frank' } });
  for (const [refused, permission] of [
    [await ask('PATCH', '/roles/desk', { fields: {} }), 'contact.phone:read'],
    [await ask('PATCH', '/roles/desk', { fields: { contact: { phone: 'readonly', title: 'readonly' } } }), 'contact.phone:read'],
    [await ask('PATCH', '/roles/desk', { fields: { contact: { phone: 'hidden' } } }), 'contact.title:edit'],
    [await ask('POST', '/roles', shown), 'contact.phone:read'],
    [await ask('POST', '/keys', { name: 'Wide', role: 'frank' }), 'contact.phone:read'],
    [await ask('PATCH', `/users/${desk.id}`, { role: 'frank' }), 'contact.phone:read'],
  ] as const)
    expect(refused).toMatchObject({ status: 403, body: { permission } });
  expect((await ask('POST', '/roles', { ...shown, fields })).status).toBe(201);
  const narrower = { contact: { ...fields.contact, email: 'hidden' } };
  expect(await ask('PATCH', '/roles/desk', { fields: narrower })).toMatchObject({
    status: 409,
    body: { code: 'confirmation_needed', lost: ['contact.email:read'] },
  });
  expect((await ask('PATCH', '/roles/desk', { fields: narrower, confirm: true })).status).toBe(200);
});

it('lets nobody demote, disable or enable somebody who may do more than they, nor narrow such a role', async () => {
  await hub.call('POST', '/roles', { body: { key: 'staff', name: 'Staff', permissions: {}, capabilities: ['manage_users'] } });
  const [staff, boss] = [await hub.aUser('staff'), await hub.aUser('admin', 'Boss')];
  const change = (body: object) => hub.call('PATCH', `/users/${boss.id}`, { key: staff.key, body });
  for (const body of [{ role: 'staff' }, { disabled: true }])
    expect(await change(body)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect((await hub.call('PATCH', `/users/${boss.id}`, { body: { disabled: true } })).status).toBe(200);
  expect((await change({ disabled: false })).status).toBe(403);
  const manager = () => hub.call('GET', '/roles/manager');
  const { body: before } = await manager();
  for (const body of [{ permissions: {}, capabilities: [] }, { name: 'Nobody' }])
    expect((await hub.call('PATCH', '/roles/manager', { key: staff.key, body })).status).toBe(403);
  expect((await manager()).body).toEqual(before);
  const peer = await hub.aUser('staff', 'Peer');
  expect((await hub.call('PATCH', `/users/${peer.id}`, { key: staff.key, body: { disabled: true } })).status).toBe(200);
  expect((await logOf(hub, boss.id)).filter(({ type }) => type === 'user.updated')).toHaveLength(1);
});

it('refuses one of two admins who demote each other at once, and the last one who demotes themselves', async () => {
  const [one, two] = [await hub.aUser('admin', 'One'), await hub.aUser('admin', 'Two')];
  await hub.call('PATCH', `/users/${hub.admin.id}`, { key: one.key, body: { role: 'rep' } });
  const demote = (by: typeof one, whom: typeof one) =>
    hub.call('PATCH', `/users/${whom.id}`, { key: by.key, body: { role: 'rep' } });
  // Both are let in as admins before either is looked at: they wait for the admins' rows, which this holds meanwhile.
  const both = await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`select 1 from users where role_key = 'admin' for update`);
    const begun = [demote(one, two), demote(two, one)];
    await eventually(async () => {
      // In a transaction of its own: one sees who waits as it was when it first looked.
      const waiting = await hub.deed((own) =>
        rowOf<{ n: number }>(
          own,
          SQL`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ),
      );
      return waiting?.n === 2;
    });
    return { begun };
  });
  const answers = await Promise.all(both.begun);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 409)?.body.code).toBe('last_admin');
  const written = [...(await logOf(hub, one.id)), ...(await logOf(hub, two.id))].filter(({ type }) => type === 'user.updated');
  expect(written.map(({ data }) => data.changes)).toEqual([{ role: { from: 'admin', to: 'rep' } }]);
});
