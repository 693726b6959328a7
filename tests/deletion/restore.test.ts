import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCompany, aContact, aCustomField, aDeal, anActivity, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ jobs: {} });
});
afterAll(() => hub.stop());

const kinds = [
  ['contacts', 'contact', aContact],
  ['companies', 'company', aCompany],
  ['deals', 'deal', aDeal],
  ['activities', 'activity', anActivity],
  ['tasks', 'task', aTask],
] as const;

describe.each(kinds)('%s', (path, object, make) => {
  it('come back whole, counted as an edit and told in the log', async () => {
    const made = await make(hub);
    expect((await hub.call('DELETE', `/${path}/${made.id}`)).status).toBe(204);
    const listed = (await hub.call('GET', `/${path}/deleted`)).body.data;
    expect(listed.map((one: { id: string }) => one.id)).toEqual([made.id]);
    expect(listed[0]).toMatchObject({ version: 2, deletedAt: expect.any(String) });
    const stale = await hub.call('POST', `/${path}/${made.id}/restore`, { headers: { 'if-match': '"v1"' } });
    expect(stale).toMatchObject({ status: 412, body: { version: 2 } });
    const restored = await hub.call('POST', `/${path}/${made.id}/restore`, { headers: { 'if-match': '"v2"' } });
    const { nextActivityAt: _next, ...same } = made;
    expect(restored).toMatchObject({ status: 200, body: { ...same, version: 3, updatedAt: expect.any(String) } });
    expect(restored.body.updatedAt).not.toBe(made.updatedAt);
    expect((await hub.call('GET', `/${path}/deleted`)).body.data).toEqual([]);
    const types = (await logOf(hub, made.id)).map(({ type }) => type.split('.')[1]);
    expect(types.slice(1)).toEqual(['deleted', 'restored']);
    expect((await hub.call('GET', `/${path}/${made.id}`)).body).toEqual(restored.body);
  });

  it('that are there already are answered as they are', async () => {
    const made = await make(hub);
    const answer = await hub.call('POST', `/${path}/${made.id}/restore`);
    expect(answer).toMatchObject({ status: 200, body: { id: made.id, version: made.version } });
    expect(await hub.call('POST', `/${path}/${hub.admin.id}/restore`)).toMatchObject({
      status: 404,
      body: { code: `${object}_not_found` },
    });
  });
});

it('lists the deleted last first, page by page, also by a filter and by words', async () => {
  const made = [];
  for (let n = 0; n < 5; n++) made.push(await aContact(hub, { firstName: 'Gone', lastName: `Number${n}`, city: `City${n % 2}` }));
  for (const { id } of made) await hub.call('DELETE', `/contacts/${id}`);
  const names = async (query: string): Promise<string[]> => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await hub.call('GET', `/contacts/deleted?limit=2&${query}${cursor && `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.data.map((one: { lastName: string }) => one.lastName));
      cursor = page.body.nextCursor;
    }
    return seen;
  };
  expect(await names('')).toEqual(['Number4', 'Number3', 'Number2', 'Number1', 'Number0']);
  expect(await names('filter[city]=City1')).toEqual(['Number3', 'Number1']);
  expect(await names('q=number2')).toEqual(['Number2']);
  expect(await hub.call('GET', '/contacts/deleted?sort=city')).toMatchObject({ status: 400 });
});

it('shows deleted records to who may delete them, and lets nobody else bring them back', async () => {
  const [rita, rolf, viewer] = [await hub.aRep('Rita'), await hub.aRep('Rolf'), await hub.aUser('viewer')];
  const made = await aContact(hub, { key: rita.key });
  await hub.call('DELETE', `/contacts/${made.id}`, { key: rita.key });
  const seenBy = async ({ key }: { key: string }) =>
    (await hub.call('GET', '/contacts/deleted', { key })).body.data?.map((one: { id: string }) => one.id);
  expect(await seenBy(rita)).toEqual([made.id]);
  expect(await seenBy(rolf)).toEqual([]);
  expect(await hub.call('GET', '/contacts/deleted', { key: viewer.key })).toMatchObject({
    status: 403,
    body: { permission: 'contact:delete' },
  });
  expect(await hub.call('POST', `/contacts/${made.id}/restore`, { key: rolf.key })).toMatchObject({
    status: 403,
    body: { permission: 'contact:delete' },
  });
  expect((await hub.call('POST', `/contacts/${made.id}/restore`, { key: rita.key })).status).toBe(200);
});

it('offers the deleted contact whose address a new one takes, and refuses to restore it while it is taken', async () => {
  const email = 'phoenix@ashes.example';
  const first = await aContact(hub, { firstName: 'First', lastName: 'Bird', email });
  await hub.call('DELETE', `/contacts/${first.id}`);
  const second = await hub.call('POST', '/contacts', { body: { firstName: 'Second', email: 'PHOENIX@ashes.example' } });
  expect(second).toMatchObject({ status: 201, body: { restorable: { id: first.id, name: 'First Bird' } } });
  expect(await hub.call('POST', `/contacts/${first.id}/restore`)).toMatchObject({
    status: 409,
    body: { code: 'contact_email_taken', existing: { id: second.body.id, name: 'Second' } },
  });
  await hub.call('DELETE', `/contacts/${second.body.id}`);
  expect((await hub.call('POST', `/contacts/${first.id}/restore`)).body).toMatchObject({ email });
  expect(await hub.call('POST', '/contacts', { body: { email } })).toMatchObject({
    status: 409,
    body: { existing: { id: first.id } },
  });
});

it('names neither a hidden holder nor what one may not restore', async () => {
  await hub.call('PATCH', '/settings/access', { body: { repsReadTeamOnly: true } });
  const [rita, rolf] = [await hub.aRep('Rita'), await hub.aRep('Rolf')];
  const email = 'shy@hidden.example';
  const first = await aContact(hub, { key: rita.key, email });
  await hub.call('DELETE', `/contacts/${first.id}`, { key: rita.key });
  const second = await hub.call('POST', '/contacts', { body: { email }, key: rolf.key });
  expect(second.status).toBe(201);
  expect(second.body).not.toHaveProperty('restorable');
  expect(await hub.call('POST', `/contacts/${first.id}/restore`, { key: rita.key })).toMatchObject({
    status: 409,
    body: { code: 'contact_email_taken', existing: null },
  });
  expect((await hub.call('POST', `/contacts/${first.id}/restore`, { key: rolf.key })).status).toBe(404);
  await hub.call('PATCH', '/settings/access', { body: { repsReadTeamOnly: false } });
});

it('refuses to restore a record whose unique custom value another has, and names it', async () => {
  const field = await aCustomField(hub, { object: 'deal', name: 'orderNumber', unique: true });
  await eventually(async () => (await hub.call('GET', `/custom-fields/${field.id}`)).body.indexState === 'ready');
  const first = await aDeal(hub, { customFields: { orderNumber: 'A-1' } });
  await hub.call('DELETE', `/deals/${first.id}`);
  const second = await aDeal(hub, { name: 'Second', customFields: { orderNumber: 'A-1' } });
  expect(await hub.call('POST', `/deals/${first.id}/restore`)).toMatchObject({
    status: 409,
    body: {
      code: 'custom_value_taken',
      errors: [{ pointer: '/customFields/orderNumber' }],
      existing: { id: second.id, name: 'Second' },
    },
  });
});

it('counts a restored task as its contact’s next step again', async () => {
  const contact = await aContact(hub);
  const dueDate = '2027-03-01T09:00:00.000Z';
  const task = await aTask(hub, { contactId: contact.id, dueDate });
  const next = async () => (await hub.call('GET', `/contacts/${contact.id}`)).body.nextActivityAt;
  await hub.call('DELETE', `/tasks/${task.id}`);
  expect(await next()).toBeNull();
  await hub.call('POST', `/tasks/${task.id}/restore`);
  expect(await next()).toBe(dueDate);
});

it('keeps links through deletion: what points to a record does so when it is back', async () => {
  const company = await aCompany(hub);
  const contact = await aContact(hub, { companyId: company.id });
  const deal = await aDeal(hub, { contactId: contact.id, companyId: company.id });
  await hub.call('DELETE', `/companies/${company.id}`);
  await hub.call('POST', `/companies/${company.id}/restore`);
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body).toMatchObject({ companyId: company.id, version: 1 });
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ companyId: company.id });
});
