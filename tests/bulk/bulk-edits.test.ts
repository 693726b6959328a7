import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgetBulkEdits } from '../../src/bulk/run-bulk-edit.ts';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, aCustomField, aDeal, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ jobs: {} });
});
afterAll(() => hub.stop());

interface Options {
  key?: string;
}
const begin = (body: object, options: Options = {}) => hub.call('POST', '/bulk-edits', { body, ...options });
const get = async (id: string) => (await hub.call('GET', `/bulk-edits/${id}`)).body;
const over = (id: string, states = ['done']) =>
  eventually(async () => (states.includes((await get(id)).state) ? get(id) : undefined));
const undo = async (id: string) => {
  expect((await hub.call('POST', `/bulk-edits/${id}/undo`)).body.state).toBe('undoing');
  return over(id, ['undone']);
};
const contact = async (id: string) => (await hub.call('GET', `/contacts/${id}`)).body;

it('changes all of them through the ordinary deed, tells how far it is, and is one chain in the log', async () => {
  const contacts = await Promise.all(Array.from({ length: 5 }, (_, n) => aContact(hub, n === 0 ? { title: 'CTO' } : {})));
  const ids = contacts.map(({ id }) => id);
  const begun = await begin({ object: 'contact', ids, patch: { title: 'CTO' } });
  expect(begun).toMatchObject({ status: 202, body: { state: 'waiting', matched: null, patch: { values: { title: 'CTO' } } } });
  expect(await over(begun.body.id)).toMatchObject({
    matched: 5,
    changed: 4,
    unchanged: 1,
    refused: 0,
    finishedAt: expect.any(String),
  });
  expect((await contact(ids[1])).version).toBe(2);
  const chain = await hub.deed((ctx) =>
    rowsOf<{ type: string; actor: string }>(
      ctx,
      SQL`select type, actor_kind as actor from events where correlation_id = ${begun.body.id} order by seq`,
    ),
  );
  expect(chain.filter(({ type }) => type === 'contact.updated')).toEqual(
    Array(4).fill({ type: 'contact.updated', actor: 'key' }),
  );
  expect(chain.at(-1)?.type).toBe('bulk_edit.finished');
});

it('changes what a filter finds when it begins, also when the change takes the records out of the filter', async () => {
  await aCustomField(hub, { object: 'contact', name: 'segment' });
  const [one, two] = await Promise.all([1, 2].map(() => aContact(hub, { city: 'Bregenz', customFields: { segment: 'A' } })));
  const other = await aContact(hub, { city: 'Bregenz', customFields: { segment: 'B' } });
  const filter = { and: [{ city: 'Bregenz' }, { 'customFields.segment': 'A' }] };
  const begun = await begin({ object: 'contact', filter, patch: { city: 'Dornbirn' } });
  expect(await over(begun.body.id)).toMatchObject({ filter, ids: null, matched: 2, changed: 2 });
  expect(await Promise.all([one, two, other].map(async ({ id }) => (await contact(id)).city))).toEqual([
    'Dornbirn',
    'Dornbirn',
    'Bregenz',
  ]);
  const wrong = await begin({ object: 'contact', filter: { or: [{ nope: 1 }] }, patch: { city: 'X' } });
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '/filter/or/0/nope', code: 'unknown_field' }] } });
});

it('says of each record that was refused why, and changes the others', async () => {
  await aCustomField(hub, { object: 'contact', name: 'tier' });
  const rep = await hub.aRep();
  const mine = await aContact(hub, { key: rep.key });
  const others = await aContact(hub);
  const begun = await begin(
    { object: 'contact', ids: [mine.id, others.id], patch: { customFields: { tier: 'A' } } },
    { key: rep.key },
  );
  expect(await over(begun.body.id)).toMatchObject({ matched: 2, changed: 1, refused: 1 });
  const refused = await hub.call('GET', `/bulk-edits/${begun.body.id}/records?outcome=refused`, { key: rep.key });
  expect(refused.body.data).toEqual([
    { recordId: others.id, outcome: 'refused', code: 'forbidden', message: 'This needs the permission contact:edit.' },
  ]);
});

it('undoes itself where nobody has edited since, field by field', async () => {
  const tag = (await hub.call('POST', '/tags', { body: { name: 'bulk' } })).body;
  const [plain, edited, half] = await Promise.all([1, 2, 3].map(() => aContact(hub, { title: 'Old', city: 'Wien' })));
  const ids = [plain.id, edited.id, half.id];
  const begun = await begin({ object: 'contact', ids, patch: { title: 'New', city: 'Graz' }, addTagIds: [tag.id] });
  await over(begun.body.id);
  expect(await contact(plain.id)).toMatchObject({ title: 'New', city: 'Graz', tagIds: [tag.id] });
  await hub.call('PATCH', `/contacts/${edited.id}`, { body: { title: 'Mine', city: 'Linz', tagIds: [] } });
  await hub.call('PATCH', `/contacts/${half.id}`, { body: { title: 'Mine' } });
  expect(await undo(begun.body.id)).toMatchObject({ state: 'undone', undone: 2, kept: 1 });
  expect(await contact(plain.id)).toMatchObject({ title: 'Old', city: 'Wien', tagIds: [] });
  expect(await contact(half.id)).toMatchObject({ title: 'Mine', city: 'Wien', tagIds: [] });
  expect(await contact(edited.id)).toMatchObject({ title: 'Mine', city: 'Linz' });
  expect((await logOf(hub, plain.id)).at(-1)).toMatchObject({ data: { changes: { title: { from: 'New', to: 'Old' } } } });
});

it('moves deals to a stage and back', async () => {
  const deals = [await aDeal(hub), await aDeal(hub)];
  const begun = await begin({ object: 'deal', ids: deals.map(({ id }) => id), patch: { stage: 'closed_won' } });
  await over(begun.body.id);
  const stages = async () =>
    Promise.all(deals.map(async ({ id }) => (await hub.call('GET', `/deals/${id}`)).body.status as string));
  expect(await stages()).toEqual(['won', 'won']);
  expect(await undo(begun.body.id)).toMatchObject({ undone: 2 });
  expect(await stages()).toEqual(['open', 'open']);
});

it('loses deals for a reason, which goes with the stage alone', async () => {
  const [deal, reopened] = [await aDeal(hub), await aDeal(hub)];
  const ids = [deal.id, reopened.id];
  const begun = await begin({ object: 'deal', ids, patch: { stage: 'closed_lost', reason: 'Price' } });
  expect(await over(begun.body.id)).toMatchObject({ changed: 2, refused: 0 });
  const now = async (id: string) => (await hub.call('GET', `/deals/${id}`)).body;
  expect(await now(deal.id)).toMatchObject({ status: 'lost', lostReason: 'Price' });
  await hub.call('PATCH', `/deals/${reopened.id}/stage`, { body: { stage: 'negotiation' } });
  expect(await undo(begun.body.id)).toMatchObject({ undone: 1, kept: 1 });
  expect(await now(deal.id)).toMatchObject({ stage: 'qualification', status: 'open', probability: 10, lostReason: null });
  expect(await now(reopened.id)).toMatchObject({ stage: 'negotiation', probability: 75 });
  expect(await begin({ object: 'deal', ids, patch: { reason: 'Price' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/patch/reason', code: 'reason_without_stage' }] },
  });
});

it('takes off again the tags that it gave, and gives those that it took, whatever others were given meanwhile', async () => {
  const tag = async (name: string) => (await hub.call('POST', '/tags', { body: { name } })).body.id;
  const [given, taken, theirs] = [await tag('given'), await tag('taken'), await tag('theirs')];
  const { id } = await aContact(hub, { tagIds: [taken] });
  const begun = await begin({ object: 'contact', ids: [id], patch: {}, addTagIds: [given], removeTagIds: [taken] });
  await over(begun.body.id);
  await hub.call('PUT', `/contacts/${id}/tags/${theirs}`);
  expect(await undo(begun.body.id)).toMatchObject({ undone: 1, kept: 0 });
  expect((await contact(id)).tagIds).toEqual([taken, theirs].sort());
});

it('stops when it is cancelled, and what it did can be undone', async () => {
  const ids = await hub.deed(async (ctx) =>
    (
      await rowsOf<{ id: string }>(
        ctx,
        SQL`insert into contacts (id, first_name, created_at, updated_at) select gen_random_uuid(), 'P' || n, now(), now()
            from generate_series(1, 1000) n returning id`,
      )
    ).map(({ id }) => id),
  );
  const { body } = await begin({ object: 'contact', ids, patch: { title: 'Sir' } });
  await eventually(async () => (await get(body.id)).changed > 0);
  expect(await hub.call('POST', `/bulk-edits/${body.id}/cancel`)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  const { changed } = await get(body.id);
  expect(changed).toBeLessThan(1000);
  expect(await hub.call('POST', `/bulk-edits/${body.id}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'bulk_edit_over' },
  });
  expect(await undo(body.id)).toMatchObject({ undone: changed, changed });
  expect(await hub.call('POST', `/bulk-edits/${body.id}/undo`)).toMatchObject({
    status: 409,
    body: { code: 'bulk_edit_not_over' },
  });
});

it('is forgotten ninety days after it was over', async () => {
  const { id } = await aContact(hub);
  const [old, young] = [
    await begin({ object: 'contact', ids: [id], patch: { title: 'A' } }),
    await begin({ object: 'contact', ids: [id], patch: { title: 'B' } }),
  ];
  for (const { body } of [old, young]) await over(body.id);
  await hub.deed((ctx) =>
    rowsOf(ctx, SQL`update bulk_edits set finished_at = now() - interval '91 days' where id = ${old.body.id}`),
  );
  await forgetBulkEdits(hub.services);
  const statuses = [old, young].map(async ({ body }) => (await hub.call('GET', `/bulk-edits/${body.id}`)).status);
  expect(await Promise.all(statuses)).toEqual([404, 200]);
});

it('refuses what is not right: 400, 401, 403, 404', async () => {
  const { id } = await aContact(hub);
  const both = { object: 'contact', ids: [id] };
  expect(await begin({ ...both, patch: {} })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/patch' }] } });
  expect(await begin({ ...both, filter: {}, patch: { title: 'x' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/filter' }] },
  });
  expect(await begin({ ...both, ids: [], patch: { title: 'x' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/ids' }] },
  });
  expect(await begin({ ...both, patch: { nope: 1 } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/patch/nope', code: 'unknown_property' }] },
  });
  expect(await begin({ ...both, patch: { customFields: { nope: 1 } } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/patch/customFields/nope', code: 'unknown_custom_field' }] },
  });
  expect(await begin({ ...both, addTagIds: [id] })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/addTagIds/0', code: 'reference_not_found' }] },
  });
  expect(await hub.call('POST', '/bulk-edits', { body: { ...both, patch: { title: 'x' } }, key: null })).toMatchObject({
    status: 401,
  });
  const begun = await begin({ ...both, patch: { title: 'x' } });
  const rep = await hub.aRep();
  expect(await hub.call('GET', `/bulk-edits/${begun.body.id}`, { key: rep.key })).toMatchObject({
    status: 404,
    body: { code: 'bulk_edit_not_found' },
  });
  expect(await hub.call('POST', `/bulk-edits/${begun.body.id}/undo`, { key: rep.key })).toMatchObject({ status: 404 });
  expect((await hub.call('GET', '/bulk-edits', { key: rep.key })).body.data).toEqual([]);
  await hub.call('POST', '/roles', {
    body: { key: 'reader', name: 'Reader', permissions: { contact: { read: 'all' }, bulk_edit: { create: 'own', read: 'own' } } },
  });
  const user = await hub.call('POST', '/users', { body: { name: 'R', email: 'reader@acme.test', role: 'reader' } });
  const made = await hub.call('POST', '/keys', { body: { name: 'reader', role: 'reader', userId: user.body.id } });
  expect(await begin({ ...both, patch: { title: 'x' } }, { key: made.body.key })).toMatchObject({
    status: 403,
    body: { permission: 'contact:edit' },
  });
});
