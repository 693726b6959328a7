import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { recordOf } from './matrix.world.ts';

let hub: Hub;
let manager: Person;
let member: Person;
let outsider: Person;
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
  [manager, member, outsider] = [await hub.aUser('manager'), await hub.aRep('Mia'), await hub.aRep('Otto')];
  const { id } = (await hub.call('POST', '/teams', { body: { name: 'Sales' } })).body;
  for (const user of [manager, member]) await hub.call('PUT', `/teams/${id}/members/${user.id}`);
});
afterAll(() => hub.stop());

interface Entry {
  type: string;
  recordId: string;
  actorId: string;
  address: string;
  actorName: string;
}
const audit = async (query: string, key = hub.admin.key): Promise<Entry[]> =>
  (await hub.call('GET', `/audit?${query}`, { key })).body.data;
/** Entries once there are any. */
const some = (query: string, key?: string) =>
  eventually(async () => {
    const found = await audit(query, key);
    return found.length > 0 && found;
  });

it('tells who did what, from where, newest first', async () => {
  const contact = await aContact(hub, { key: member.key });
  await hub.call('PATCH', `/contacts/${contact.id}`, { key: member.key, body: { title: 'CTO' } });
  const entries = await eventually(async () => {
    const found = await audit(`recordId=${contact.id}`);
    return found.length === 2 && found;
  });
  expect(entries).toMatchObject([
    { type: 'contact.updated', data: { changes: { title: { from: null, to: 'CTO' } } } },
    {
      type: 'contact.created',
      actorKind: 'key',
      actorName: expect.stringContaining('Mia'),
      address: '127.0.0.1',
      door: 'http',
      requestId: expect.any(String),
    },
  ]);
});

it('has sign-ins and failures, the first use of a key a day, and changes of permissions', async () => {
  const signIn = (password: string) => hub.call('POST', '/session', { key: null, body: { email: outsider.email, password } });
  expect((await signIn(outsider.password)).status).toBe(204);
  await signIn('wrong');
  await hub.call('POST', '/roles', { body: { key: 'temp', name: 'Temp', permissions: {} } });
  await some(`types=user.signed_in&recordId=${outsider.id}`);
  await some(`types=user.sign_in_failed&recordId=${outsider.id}`);
  await some('types=role.created,team.member_added');
  for (let n = 0; n < 3; n++) await hub.call('GET', '/me', { key: member.key });
  const keys: { id: string; userId: string }[] = (await hub.call('GET', '/keys')).body.data;
  expect(await some(`types=api_key.used&actorId=${keys.find(({ userId }) => userId === member.id)?.id}`)).toHaveLength(1);
});

it('narrows by time and address, and refuses what is neither', async () => {
  await some('address=127.0.0.1&limit=1');
  expect(await audit('address=192.0.2.1')).toEqual([]);
  expect(await audit('to=2020-01-01T00:00:00Z')).toEqual([]);
  expect(await some('from=2020-01-01T00:00:00Z&limit=1')).toHaveLength(1);
  for (const query of ['address=nowhere', 'from=yesterday', 'types=DROP', 'who=me'])
    expect((await hub.call('GET', `/audit?${query}`)).status, query).toBe(400);
});

it('shows a manager what their team did, and a rep nothing', async () => {
  const [ours, theirs] = [await aContact(hub, { key: member.key }), await aContact(hub, { key: outsider.key })];
  await some(`recordId=${theirs.id}`);
  expect(await some(`recordId=${ours.id}`, manager.key)).toHaveLength(1);
  expect(await audit(`recordId=${theirs.id}`, manager.key)).toEqual([]);
  expect((await hub.call('GET', '/audit', { key: member.key })).status).toBe(403);
  expect((await hub.call('GET', '/audit/export', { key: member.key })).status).toBe(403);
});

it('exports as CSV, whole, with nothing that a spreadsheet would run, and the export is in the audit', async () => {
  const contact = await aContact(hub, { firstName: '=cmd()' });
  await some(`recordId=${contact.id}`);
  const [{ count }] = (await hub.deed((ctx) =>
    rowsOf<{ count: number }>(ctx, SQL`select count(*)::int as count from events`),
  )) as [{ count: number }];
  const { body, headers } = await hub.call('GET', '/audit/export');
  expect(headers['content-type']).toBe('text/csv; charset=utf-8');
  const lines = String(body).trimEnd().split('\r\n');
  expect(lines[0]).toMatch(/^id,position,at,type,actorKind/);
  expect(lines.length).toBeGreaterThan(count - 3);
  expect(lines.join('\n')).not.toMatch(/(^|,)"?[=+@]/m);
  expect(await some('types=export.made')).toMatchObject([{ data: { of: 'audit', filter: {} } }]);
});

it('tells of a record that its reader does not see that something was done, and by whom, and not what', async () => {
  const contact = await aContact(hub, { firstName: 'Undisclosed' });
  const permissions = { audit: { read: 'all' }, contact: { read: 'own' }, user: { read: 'all' } };
  expect((await hub.call('POST', '/roles', { body: { key: 'auditor', name: 'Auditor', permissions } })).status).toBe(201);
  const auditor = await hub.aUser('auditor');
  const own = await aContact(hub, { firstName: 'Disclosed', ownerId: auditor.id });
  const [entry] = await some(`recordId=${contact.id}&types=contact.created`, auditor.key);
  expect(entry).toMatchObject({ recordId: contact.id, type: 'contact.created', data: {} });
  expect(JSON.stringify(await some(`recordId=${own.id}`, auditor.key))).toContain('Disclosed');
  expect((await some(`types=user.created&recordId=${auditor.id}`, auditor.key))[0]).toMatchObject({ data: { role: 'auditor' } });
  await hub.call('POST', '/session', { key: null, body: { email: auditor.email, password: 'wrong' } });
  const [failure] = await some(`types=user.sign_in_failed&recordId=${auditor.id}`, auditor.key);
  expect(failure).toMatchObject({ data: { method: 'password' } });
  const { body } = await hub.call('GET', '/audit/export', { key: auditor.key });
  expect(body).not.toContain('Undisclosed');
  expect(body).toContain(contact.id);
});

it('no row of the log is changed or goes away, save by retention and erasure', async () => {
  for (const change of ["update events set data = '{}'", 'update events set at = now()', 'delete from events', 'truncate events'])
    await expect(
      hub.deed((ctx) => rowsOf(ctx, SQL.raw(change))),
      change,
    ).rejects.toThrow();
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`select set_config('throughline.log_change', 'retention', true)`);
    await rowsOf(ctx, SQL`delete from events where type = 'team.created'`);
  });
  await expect(hub.deed((ctx) => rowsOf(ctx, SQL`delete from events where type = 'team.created'`))).rejects.toThrow();
});

it('tells who has read the words of mail that is not theirs; an admin alone does not get to see them', async () => {
  const role = { key: 'lawyer', name: 'Lawyer', permissions: { message: { read: 'all' } }, capabilities: ['read_others_mail'] };
  expect((await hub.call('POST', '/roles', { body: role })).status).toBe(201);
  const lawyer = await hub.aUser('lawyer');
  const messageId = await recordOf(hub, 'message', { which: 'own', around: { me: outsider, mate: member, stranger: outsider } });
  expect((await hub.call('GET', `/messages/${messageId}`)).body).toMatchObject({ openness: 'metadata', text: null });
  const forLawyers = { contact: { read: 'all' }, company: { read: 'all' }, deal: { read: 'all' }, message: { read: 'all' } };
  await hub.call('PATCH', '/roles/lawyer', { body: { permissions: forLawyers } });
  expect((await hub.call('GET', `/messages/${messageId}`, { key: lawyer.key })).body).toMatchObject({
    openness: 'everything',
    text: '',
  });
  expect(await some(`types=message.read&recordId=${messageId}`)).toMatchObject([{ actorName: expect.stringContaining('Uma') }]);
});
