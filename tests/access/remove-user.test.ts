import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const remove = (id: string, inheritor: string, key?: string) =>
  hub.call('DELETE', `/users/${id}`, { body: { inheritor }, ...(key === undefined ? {} : { key }) });
const get = async (path: string) => (await hub.call('GET', path)).body;

it('hands what they own to who inherits, and each record says so', async () => {
  const [leaver, heir] = [await hub.aRep('Lea'), await hub.aRep('Hanna')];
  const [contact, deal, task] = [
    await aContact(hub, { ownerId: leaver.id }),
    await aDeal(hub, { ownerId: leaver.id, contactId: null }),
    await aTask(hub, { assignedTo: leaver.id }),
  ];
  const other = await aContact(hub);
  expect((await remove(leaver.id, heir.id)).status).toBe(204);
  expect(await get(`/contacts/${contact.id}`)).toMatchObject({ ownerId: heir.id, version: contact.version + 1 });
  expect(await get(`/deals/${deal.id}`)).toMatchObject({ ownerId: heir.id });
  expect(await get(`/tasks/${task.id}`)).toMatchObject({ assignedTo: heir.id });
  expect(await get(`/contacts/${other.id}`)).toMatchObject({ version: other.version });
  expect((await logOf(hub, contact.id)).at(-1)).toEqual({
    type: 'contact.updated',
    data: { contactId: contact.id, changes: { ownerId: { from: leaver.id, to: heir.id } } },
  });
});

it('shuts them out at once, frees their address, and keeps their name', async () => {
  const [leaver, heir] = [await hub.aRep('Lars'), await hub.aRep('Hans')];
  await remove(leaver.id, heir.id);
  expect((await hub.call('GET', '/me', { key: leaver.key })).status).toBe(401);
  const signIn = await hub.call('POST', '/session', { key: null, body: { email: leaver.email, password: leaver.password } });
  expect(signIn.status).toBe(401);
  expect(await get(`/users/${leaver.id}`)).toMatchObject({ name: 'Lars', disabledAt: expect.any(String) });
  expect((await get('/users')).data.map(({ id }: { id: string }) => id)).not.toContain(leaver.id);
  expect((await hub.call('POST', '/users', { body: { name: 'New', email: leaver.email, role: 'rep' } })).status).toBe(201);
  expect((await remove(leaver.id, heir.id)).status).toBe(404);
});

it('lets a removed user be neither enabled, made an admin nor let in by a link', async () => {
  const [leaver, heir] = [await hub.aRep('Lou'), await hub.aRep('Hal')];
  const link = () => hub.call('POST', `/users/${leaver.id}/link`);
  const token = String((await link()).body.url).split('#')[1] ?? '';
  await remove(leaver.id, heir.id);
  for (const body of [{ disabled: false }, { role: 'admin' }, { name: 'Back' }])
    expect(await hub.call('PATCH', `/users/${leaver.id}`, { body })).toMatchObject({
      status: 404,
      body: { code: 'user_not_found' },
    });
  expect((await link()).status).toBe(409);
  const follow = await hub.call('POST', '/links/follow', { key: null, body: { token, password: 'a fine new password' } });
  expect(follow).toMatchObject({ status: 410, body: { code: 'link_invalid' } });
  expect(await get(`/users/${leaver.id}`)).toMatchObject({ name: 'Lou', role: 'rep', disabledAt: expect.any(String) });
});

it('refuses an heir who is not there, gone, or the same, and the last admin', async () => {
  const [leaver, gone, heir] = [await hub.aRep(), await hub.aRep(), await hub.aRep()];
  await remove(gone.id, heir.id);
  for (const inheritor of ['00000000-0000-7000-8000-000000000000', gone.id, leaver.id])
    expect((await remove(leaver.id, inheritor)).status, inheritor).toBe(400);
  expect((await hub.call('DELETE', `/users/${leaver.id}`, { body: {} })).status).toBe(400);
  expect(await remove(hub.admin.id, leaver.id)).toMatchObject({ status: 409, body: { code: 'last_admin' } });
  expect((await remove(leaver.id, heir.id, heir.key)).status).toBe(403);
});
