import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aCompany, aContact, aCustomField, aDeal, anActivity, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const historyOf = async (path: string, query = '') => (await hub.call('GET', `${path}/history${query}`)).body;
const putBack = (path: string, entry: { id: string }, field: string, options = {}) =>
  hub.call('POST', `${path}/history/${entry.id}/restore`, { body: { field }, ...options });

it('tells of every kind of record what changed, field by field, and who did it', async () => {
  const contact = await aContact(hub);
  const records: [path: string, patch: Record<string, unknown>][] = [
    [`/contacts/${contact.id}`, { title: 'CTO' }],
    [`/companies/${(await aCompany(hub)).id}`, { industry: 'Rail' }],
    [`/deals/${(await aDeal(hub)).id}`, { amount: '5.00' }],
    [`/activities/${(await anActivity(hub)).id}`, { outcome: 'reached' }],
    [`/tasks/${(await aTask(hub)).id}`, { priority: 'high' }],
  ];
  for (const [path, patch] of records) {
    await hub.call('PATCH', path, { body: patch });
    const { data, nextCursor } = await historyOf(path);
    const [[field, to]] = Object.entries(patch) as [[string, unknown]];
    expect(data[0], path).toMatchObject({
      type: expect.stringMatching(/\.updated$/),
      actor: { kind: 'key', name: expect.stringContaining('Ada') },
      door: 'http',
      changes: [{ field, to }],
      causes: [],
    });
    expect(data).toHaveLength(2);
    expect(nextCursor).toBeNull();
  }
});

it('comes in pages that lose and repeat nothing, served by the index on the record', async () => {
  const contact = await aContact(hub);
  for (let n = 0; n < 5; n++) await hub.call('PATCH', `/contacts/${contact.id}`, { body: { title: `T${n}` } });
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await historyOf(`/contacts/${contact.id}`, `?limit=2${cursor}`);
    seen.push(...page.data.map((entry: { changes: { to: string }[] }) => entry.changes.at(-1)?.to ?? ''));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
  expect(seen.slice(0, 5)).toEqual(['T4', 'T3', 'T2', 'T1', 'T0']);
  expect(seen).toHaveLength(6);
  const plan = await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`set local enable_seqscan = off`);
    return rowsOf<{ 'QUERY PLAN': string }>(
      ctx,
      SQL`explain select id from events where record_id = ${contact.id} and record_type = 'contact' and (seq, id) < (9::bigint, ${contact.id}::uuid)
          order by seq desc, id desc limit 51`,
    );
  });
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/events_by_record[\s\S]*record_id[\s\S]*seq/);
});

it('tells why: the chain of what led to a change', async () => {
  const contact = await aContact(hub);
  const patch = (title: string) => hub.call('PATCH', `/contacts/${contact.id}`, { body: { title } });
  await patch('A');
  await patch('B');
  const [last] = (await historyOf(`/contacts/${contact.id}`)).data;
  expect(await putBack(`/contacts/${contact.id}`, last, 'title')).toMatchObject({ status: 200, body: { title: 'A' } });
  const [restored] = (await historyOf(`/contacts/${contact.id}`)).data;
  expect(restored).toMatchObject({ changes: [{ field: 'title', from: 'B', to: 'A' }] });
  expect(restored.causes).toEqual([{ id: last.id, type: 'contact.updated', at: last.at }]);
});

it('puts one old value back through the ordinary deed, and nothing else of that edit', async () => {
  await aCustomField(hub, { object: 'contact', name: 'tier' });
  const contact = await aContact(hub, { title: 'CTO', customFields: { tier: 'A' } });
  const path = `/contacts/${contact.id}`;
  await hub.call('PATCH', path, { body: { title: 'CEO', city: 'Graz', customFields: { tier: 'B' } } });
  const [edit] = (await historyOf(path)).data;
  expect((await putBack(path, edit, 'customFields.tier')).body).toMatchObject({
    title: 'CEO',
    city: 'Graz',
    customFields: { tier: 'A' },
    version: 3,
  });
  expect((await putBack(path, edit, 'city')).body).toMatchObject({ city: null, title: 'CEO', version: 4 });
  expect((await logOf(hub, contact.id)).map(({ type }) => type)).toEqual([
    'contact.created',
    'contact.updated',
    'contact.updated',
    'contact.updated',
  ]);
});

it('puts a deal back into the stage it came from, with all that a move does', async () => {
  const deal = await aDeal(hub);
  const path = `/deals/${deal.id}`;
  await hub.call('PATCH', `${path}/stage`, { body: { stage: 'closed_won' } });
  const [moved] = (await historyOf(path)).data;
  expect(moved.changes).toEqual([{ field: 'stage', from: 'qualification', to: 'closed_won' }]);
  expect((await putBack(path, moved, 'stage')).body).toMatchObject({ stage: 'qualification', status: 'open', probability: 10 });
});

it('refuses what is not right: 400, 401, 403, 404, 412', async () => {
  const contact = await aContact(hub);
  const path = `/contacts/${contact.id}`;
  await hub.call('PATCH', path, { body: { title: 'CTO' } });
  const [edit] = (await historyOf(path)).data;
  expect(await putBack(path, edit, 'city')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/field' }] } });
  expect(await putBack(path, edit, 'title', { headers: { 'if-match': '"v1"' } })).toMatchObject({ status: 412 });
  expect(await putBack(path, { id: contact.id }, 'title')).toMatchObject({
    status: 404,
    body: { code: 'history_entry_not_found' },
  });
  expect(await hub.call('GET', `${path}/history`, { key: null })).toMatchObject({ status: 401 });
  const rep = await hub.aRep();
  expect(await putBack(path, edit, 'title', { key: rep.key })).toMatchObject({ status: 403 });
  const missing = '/contacts/01890000-0000-7000-8000-000000000000';
  expect(await hub.call('GET', `${missing}/history`)).toMatchObject({ status: 404, body: { code: 'contact_not_found' } });
  expect(await putBack(missing, edit, 'title')).toMatchObject({ status: 404 });
});

it('refuses an old value that the record may not have, at the field that was asked for', async () => {
  const path = `/companies/${(await aCompany(hub)).id}`;
  const [created] = (await historyOf(path)).data;
  expect(await putBack(path, created, 'name')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/field' }] } });
});

it('shows and restores nothing of the fields that a role hides', async () => {
  await hub.call('POST', '/roles', {
    body: {
      key: 'blind',
      name: 'Blind',
      permissions: { '*': { create: 'all', read: 'all', edit: 'all', delete: 'all' } },
      fields: { contact: { phone: 'hidden', customFields: 'hidden' } },
    },
  });
  const contact = await aContact(hub, { customFields: { tier: 'A' } });
  const path = `/contacts/${contact.id}`;
  await hub.call('PATCH', path, { body: { title: 'CTO', phone: '+43 1 234' } });
  const user = await hub.call('POST', '/users', { body: { name: 'B', email: 'blind@acme.test', role: 'blind' } });
  const made = await hub.call('POST', '/keys', { body: { name: 'blind', role: 'blind', userId: user.body.id } });
  const { key } = made.body;
  const { data } = (await hub.call('GET', `${path}/history`, { key })).body;
  const fields = data.flatMap((entry: { changes: { field: string }[] }) => entry.changes.map(({ field }) => field));
  expect(fields).toContain('title');
  expect(fields.filter((field: string) => /phone|customFields/.test(field))).toEqual([]);
  expect(await putBack(path, data[0], 'phone', { key })).toMatchObject({
    status: 400,
    body: { errors: [{ code: 'unknown_field' }] },
  });
});
