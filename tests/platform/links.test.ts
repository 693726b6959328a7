import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact, aCustomField, aDeal, anActivity, aTask } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const merge = (loser: string, survivor: string) =>
  hub.deed((ctx) => rowsOf(ctx, SQL`update contacts set merged_into = ${survivor} where id = ${loser}`));

it('lets every new link to a merged contact point to the one that it became', async () => {
  const [first, second, last] = [await aContact(hub), await aContact(hub), await aContact(hub)];
  await merge(first.id, second.id);
  await merge(second.id, last.id);
  const contactId = first.id;
  expect((await aDeal(hub, { contactId })).contactId).toBe(last.id);
  expect((await aTask(hub, { contactId })).contactId).toBe(last.id);
  expect((await anActivity(hub, { contactIds: [contactId, second.id] })).contactIds).toEqual([last.id]);
  const deal = await aDeal(hub);
  expect((await hub.call('PATCH', `/deals/${deal.id}`, { body: { contactId } })).body.contactId).toBe(last.id);
});

it('lets a link wait for the merge under way, and lands on the survivor', async () => {
  const [loser, survivor] = [await aContact(hub), await aContact(hub)];
  let linked: Promise<{ contactId: string }> | undefined;
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`select 1 from contacts where id = any(${[loser.id, survivor.id]}) for update`);
    linked = aDeal(hub, { contactId: loser.id });
    await rowsOf(ctx, SQL`update contacts set merged_into = ${survivor.id} where id = ${loser.id}`);
  });
  expect((await linked)?.contactId).toBe(survivor.id);
});

it('refuses a link to a deleted contact, and names the field', async () => {
  const gone = await aContact(hub);
  await hub.call('DELETE', `/contacts/${gone.id}`);
  for (const [path, body, pointer] of [
    ['/deals', { name: 'x', contactId: gone.id }, '/contactId'],
    ['/tasks', { title: 'x', contactId: gone.id }, '/contactId'],
    ['/activities', { type: 'note', subject: 'x', contactIds: [gone.id] }, '/contactIds/0'],
  ] as const) {
    expect((await hub.call('POST', path, { body })).body, path).toMatchObject({ status: 400, errors: [{ pointer }] });
  }
});

it('writes derived columns without an edit: whoever has the record open may still save', async () => {
  for (const object of ['contact', 'deal']) await aCustomField(hub, { object, name: 'seen', type: 'boolean' });
  const deal = await aDeal(hub);
  const contact = (await hub.call('GET', `/contacts/${deal.contactId}`)).body;
  await anActivity(hub, { contactIds: [contact.id], dealId: deal.id });
  await aTask(hub, { contactId: contact.id, dealId: deal.id, dueDate: '2030-01-01T00:00:00Z' });
  for (const [path, before] of [
    [`/contacts/${contact.id}`, contact],
    [`/deals/${deal.id}`, deal],
  ] as const) {
    const after = (await hub.call('GET', path)).body;
    expect(after).toMatchObject({
      version: before.version,
      updatedAt: before.updatedAt,
      nextActivityAt: '2030-01-01T00:00:00.000Z',
    });
    const saved = await hub.call('PATCH', path, {
      body: { customFields: { seen: true } },
      headers: { 'if-match': `"v${before.version}"` },
    });
    expect(saved).toMatchObject({ status: 200, body: { nextActivityAt: '2030-01-01T00:00:00.000Z' } });
  }
});
