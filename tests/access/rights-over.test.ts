import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';

let hub: Hub;
/** Of a role that manages users and sees what is their team's. */
let lead: Person;
let member: Person;
let other: Person;
let north: string;
let south: string;
beforeAll(async () => {
  hub = await startHub();
  const team = { create: 'own', read: 'team', edit: 'team' };
  const clerk = { permissions: { contact: team } };
  await hub.call('POST', '/roles', { body: { key: 'clerk', name: 'Clerk', ...clerk } });
  await hub.call('POST', '/roles', { body: { key: 'lead', name: 'Lead', ...clerk, capabilities: ['manage_users'] } });
  await hub.call('POST', '/roles', {
    body: { key: 'solo', name: 'Solo', permissions: { contact: { create: 'own', read: 'own' } } },
  });
  [lead, member, other] = await Promise.all([hub.aUser('lead'), hub.aUser('clerk'), hub.aUser('clerk')]);
  [north, south] = [await aTeam('North'), await aTeam('South')];
  for (const person of [lead, member]) await join(north, person);
  await join(south, other);
});
afterAll(() => hub.stop());

const aTeam = async (name: string, by?: Person): Promise<string> =>
  (await hub.call('POST', '/teams', { body: { name }, ...(by && { key: by.key }) })).body.id;
const join = (team: string, person: Person, by?: Person) =>
  hub.call('PUT', `/teams/${team}/members/${person.id}`, by && { key: by.key });
const asLead = (method: string, path: string, body?: object) => hub.call(method, path, { key: lead.key, ...(body && { body }) });
const refused = (permission: string) => ({ status: 403, body: { code: 'forbidden', permission } });

it('nobody puts themselves into a team whose records they do not see, nor somebody whose records they do not see into theirs', async () => {
  const hidden = await aContact(hub, { key: other.key });
  expect(await join(south, lead, lead)).toMatchObject(refused('contact:read'));
  expect(await join(north, other, lead)).toMatchObject(refused('contact:read'));
  expect(await asLead('GET', `/contacts/${hidden.id}`)).toMatchObject({ status: 404 });
  expect((await hub.call('GET', `/teams/${south}`)).body.userIds).toEqual([other.id]);
});

it('nor puts a team below theirs, while those whom they see may be moved about', async () => {
  expect(await asLead('PATCH', `/teams/${south}`, { parentId: north })).toMatchObject(refused('contact:read'));
  const pair = await aTeam('Pair', lead);
  expect((await join(pair, member, lead)).status).toBe(204);
  expect((await asLead('PATCH', `/teams/${pair}`, { parentId: north })).status).toBe(200);
  expect((await hub.call('PATCH', `/teams/${south}`, { body: { parentId: north } })).status).toBe(200);
  expect((await hub.call('PATCH', `/teams/${south}`, { body: { parentId: null } })).status).toBe(200);
});

it('nor brings anybody to what is shared with a team alone', async () => {
  const contact = await aContact(hub);
  const empty = await aTeam('Empty');
  const share = await hub.call('POST', `/contacts/${contact.id}/shares`, { body: { teamId: empty, access: 'read' } });
  expect(share.status).toBe(201);
  expect(await join(empty, lead, lead)).toMatchObject(refused('contact:read'));
  expect(await asLead('PATCH', `/teams/${north}`, { parentId: empty })).toMatchObject(refused('contact:read'));
  expect((await asLead('GET', `/contacts/${contact.id}`)).status).toBe(404);
});

it('nor acts as somebody who sees what they do not, by a key or a link that is shown to them', async () => {
  expect(await asLead('POST', '/keys', { name: 'Theirs', userId: other.id })).toMatchObject(refused('contact:read'));
  expect(await asLead('POST', `/users/${other.id}/link`)).toMatchObject(refused('contact:read'));
  expect((await asLead('POST', '/keys', { name: 'Mine', userId: lead.id })).status).toBe(201);
  expect((await asLead('POST', `/users/${member.id}/link`)).status).toBe(201);
  const keys = (await hub.call('GET', '/keys')).body.data;
  const { id } = keys.find(({ userId }: { userId: string }) => userId === other.id);
  expect(await asLead('POST', `/keys/${id}/rotate`, {})).toMatchObject(refused('contact:read'));
});

it('nor widens a role whose holders have other teams', async () => {
  const solo = await hub.aUser('solo');
  await join(south, solo);
  const wider = { permissions: { contact: { create: 'own', read: 'team' } } };
  expect(await asLead('PATCH', '/roles/solo', wider)).toMatchObject(refused('contact:read'));
  expect((await asLead('PATCH', '/roles/solo', { name: 'Alone' })).status).toBe(200);
  await hub.call('DELETE', `/teams/${south}/members/${solo.id}`);
  await join(north, solo);
  expect((await asLead('PATCH', '/roles/solo', wider)).status).toBe(200);
  const own = { permissions: { contact: { create: 'own', read: 'own' } } };
  expect((await hub.call('PATCH', '/roles/solo', { body: own })).status).toBe(200);
});

it('nor gives a role that reaches over a team which they do not see, nor hands on what they may not edit', async () => {
  const solo = await hub.aUser('solo');
  await join(south, solo);
  expect(await asLead('PATCH', `/users/${solo.id}`, { role: 'clerk' })).toMatchObject(refused('contact:read'));
  expect(await asLead('DELETE', `/users/${other.id}`, { inheritor: lead.id })).toMatchObject(refused('contact:edit'));
  expect((await asLead('DELETE', `/users/${solo.id}`, { inheritor: lead.id })).status).toBe(204);
});
