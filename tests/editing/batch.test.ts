import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const batch = (operations: object[], options: { path?: string; atomic?: boolean; key?: string } = {}) => {
  const { path = 'contacts', atomic, key = hub.admin.key } = options;
  return hub.call('POST', `/${path}/batch`, { body: { operations, ...(atomic === undefined ? {} : { atomic }) }, key });
};
const count = async (q: string): Promise<number> => (await hub.call('GET', `/contacts?q=${q}&count=exact`)).body.count;

it('makes, edits, deletes and upserts in one request, and gives each its own result', async () => {
  const [edited, deleted] = [await aContact(hub), await aContact(hub)];
  const { status, body } = await batch([
    { op: 'create', data: { firstName: 'New', email: 'new@batch.example' } },
    { op: 'update', id: edited.id, version: 1, data: { city: 'Graz' } },
    { op: 'delete', id: deleted.id },
    { op: 'upsert', match: { email: 'NEW@batch.example' }, data: { city: 'Linz' } },
    { op: 'upsert', match: { email: 'other@batch.example' }, data: { city: 'Wels' } },
    { op: 'upsert', match: { externalId: { system: 'erp', id: '7' } }, data: { firstName: 'Seven' } },
  ]);
  expect(status).toBe(200);
  expect(body.results).toMatchObject([
    { status: 201, record: { firstName: 'New', city: 'Linz', version: 2 } },
    { status: 200, id: edited.id, record: { city: 'Graz', version: 2 } },
    { status: 204, id: deleted.id },
    { status: 200, id: body.results[0].id, record: { city: 'Linz' } },
    { status: 201, record: { email: 'other@batch.example', city: 'Wels' } },
    { status: 201, record: { firstName: 'Seven' } },
  ]);
  expect(body.results[2].record).toBeUndefined();
  expect((await hub.call('GET', `/contacts/${deleted.id}`)).status).toBe(404);
  expect((await hub.call('PUT', '/contacts/by/erp/7', { body: {} })).body.id).toBe(body.results[5].id);
});

it('goes on after a refusal, which leaves no trace and says where and why', async () => {
  const taken = await aContact(hub);
  const { status, body } = await batch([
    { op: 'create', data: { firstName: 'Partial', lastName: 'Zzyzx' } },
    { op: 'create', data: { firstName: 'Refused', lastName: 'Zzyzx', email: taken.email } },
    { op: 'create', data: { nickname: 'X', email: 'no address' } },
    { op: 'update', id: taken.id, version: 7, data: { city: 'X' } },
    { op: 'update', id: '00000000-0000-7000-8000-000000000000', data: { city: 'X' } },
    { op: 'upsert', match: { domain: 'x.example' }, data: {} },
    { op: 'create', data: { firstName: 'Last', lastName: 'Zzyzx' } },
  ]);
  expect(status).toBe(200);
  expect(body.results.map((result: { status: number }) => result.status)).toEqual([201, 409, 400, 412, 404, 400, 201]);
  expect(body.results[1].problem).toMatchObject({ code: 'contact_email_taken', index: 1, existing: { id: taken.id } });
  const pointers = (n: number) => body.results[n].problem.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
  expect(pointers(1)).toEqual(['/operations/1/data/email']);
  expect(pointers(2)).toEqual(['/operations/2/data/email', '/operations/2/data/nickname']);
  expect(pointers(5)).toEqual(['/operations/5/match/domain']);
  expect(body.results[3].problem).toMatchObject({ code: 'version_mismatch', version: 1 });
  expect(await count('Zzyzx')).toBe(2);
  expect(await logOf(hub, taken.id)).toHaveLength(1);
});

it('does all or nothing when it is atomic, and names the operation that failed', async () => {
  const taken = await aContact(hub);
  const good = (lastName: string) => ({ op: 'create', data: { firstName: 'Atom', lastName } });
  const bad = { op: 'create', data: { firstName: 'Atom', lastName: 'Qwfpg', email: taken.email } };
  expect(await batch([good('Qwfpg'), good('Qwfpg'), bad], { atomic: true })).toMatchObject({
    status: 409,
    body: { code: 'contact_email_taken', index: 2, errors: [{ pointer: '/operations/2/data/email' }] },
  });
  expect(await count('Qwfpg')).toBe(0);
  const done = await batch([good('Qwfpg'), good('Qwfpg')], { atomic: true });
  expect(done.body.results).toMatchObject([{ status: 201 }, { status: 201 }]);
  expect(await count('Qwfpg')).toBe(2);
});

it('asks for the permission of each operation', async () => {
  const rep = await hub.aRep();
  const [mine, theirs] = [await aContact(hub, { key: rep.key }), await aContact(hub)];
  const operations = [
    { op: 'update', id: mine.id, data: { city: 'Graz' } },
    { op: 'update', id: theirs.id, data: { city: 'Graz' } },
    { op: 'delete', id: theirs.id },
    { op: 'create', data: { firstName: 'By rep' } },
  ];
  const { body } = await batch(operations, { key: rep.key });
  expect(body.results).toMatchObject([
    { status: 200 },
    { status: 403, problem: { permission: 'contact:edit' } },
    { status: 403, problem: { permission: 'contact:delete' } },
    { status: 201, record: { ownerId: rep.id } },
  ]);
  const viewer = await hub.aUser('viewer');
  const refused = await batch(operations, { key: viewer.key });
  expect(refused.body.results.map(({ status }: { status: number }) => status)).toEqual([403, 403, 403, 403]);
});

it('works for every kind of record', async () => {
  const deal = await aDeal(hub);
  const kinds: [string, object[]][] = [
    ['companies', [{ op: 'create', data: { name: 'Batch Inc' } }]],
    ['deals', [{ op: 'update', id: deal.id, data: { stage: 'proposal', amount: '5.00' } }]],
    ['tasks', [{ op: 'create', data: { title: 'Batch', dealId: deal.id } }]],
    ['activities', [{ op: 'create', data: { type: 'note', subject: 'Batch', dealId: deal.id } }]],
  ];
  for (const [path, operations] of kinds) {
    const { body } = await batch(operations, { path });
    expect(body.results, path).toMatchObject([{ record: { id: expect.any(String) } }]);
  }
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ stage: 'proposal', amount: '5.00' });
});

it('is done once per Idempotency-Key', async () => {
  const send = () =>
    hub.call('POST', '/contacts/batch', {
      body: { operations: [{ op: 'create', data: { firstName: 'Once', lastName: 'Jluyg' } }] },
      headers: { 'idempotency-key': 'batch-1' },
    });
  const [first, again] = [await send(), await send()];
  expect(again).toMatchObject({ status: 200, body: first.body });
  expect(await count('Jluyg')).toBe(1);
});

it('does not replay records to a caller who has come not to see them', async () => {
  const role = { key: 'loner', name: 'Loner', permissions: { contact: { create: 'all', read: 'own', edit: 'own' } } };
  await hub.call('POST', '/roles', { body: role });
  const loner = await hub.aUser('loner');
  const send = () =>
    hub.call('POST', '/contacts/batch', {
      body: { operations: [{ op: 'create', data: { firstName: 'Mine' } }] },
      headers: { 'idempotency-key': 'batch-2' },
      key: loner.key,
    });
  const first = await send();
  await hub.call('PATCH', `/contacts/${first.body.results[0].id}`, { body: { ownerId: hub.admin.id } });
  expect(await send()).toMatchObject({ status: 404, body: { code: 'contact_not_found' } });
});

it('refuses none, more than 200, and operations that there are not', async () => {
  const many = Array.from({ length: 201 }, () => ({ op: 'create', data: { firstName: 'x' } }));
  for (const operations of [[], many, [{ op: 'erase', id: 'x' }], [{ op: 'update', data: {} }]]) {
    expect((await batch(operations)).status).toBe(400);
  }
});
