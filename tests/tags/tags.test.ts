import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany, aContact, aDeal, anActivity, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const aTag = async (name: string) => (await hub.call('POST', '/tags', { body: { name, color: '#3366cc' } })).body;
const tagsOf = async (path: string) => (await hub.call('GET', path)).body.tagIds;

it('makes, renames, recolours and lists tags by name, with an event each', async () => {
  const tag = await aTag('vip');
  expect(tag).toMatchObject({ name: 'vip', color: '#3366cc', version: 1 });
  expect(await hub.call('POST', '/tags', { body: { name: 'VIP' } })).toMatchObject({
    status: 409,
    body: { code: 'tag_name_taken' },
  });
  const renamed = await hub.call('PATCH', `/tags/${tag.id}`, {
    body: { name: 'key account', color: null },
    headers: { 'if-match': '"v1"' },
  });
  expect(renamed.body).toMatchObject({ name: 'key account', color: null, version: 2 });
  await aTag('alpha');
  expect((await hub.call('GET', '/tags?limit=1')).body).toMatchObject({
    data: [{ name: 'alpha' }],
    nextCursor: expect.any(String),
  });
  expect((await logOf(hub, tag.id)).map(({ type }) => type)).toEqual(['tag.created', 'tag.updated']);
});

it('shows the tags of every kind of record, and counts a change of them as an edit of the record', async () => {
  const [red, blue] = [await aTag('red'), await aTag('blue')];
  const paths = [
    `/contacts/${(await aContact(hub, { tagIds: [red.id] })).id}`,
    `/companies/${(await aCompany(hub, { tagIds: [red.id] })).id}`,
    `/deals/${(await aDeal(hub, { tagIds: [red.id] })).id}`,
    `/activities/${(await anActivity(hub, { tagIds: [red.id] })).id}`,
    `/tasks/${(await aTask(hub, { tagIds: [red.id] })).id}`,
  ];
  const both = [red.id, blue.id].sort();
  for (const path of paths) {
    expect(await tagsOf(path), path).toEqual([red.id]);
    expect((await hub.call('PUT', `${path}/tags/${blue.id}`)).status).toBe(204);
    expect((await hub.call('GET', path)).body).toMatchObject({ tagIds: both, version: 2 });
    expect((await hub.call('PUT', `${path}/tags/${blue.id}`)).status).toBe(204);
    expect((await hub.call('DELETE', `${path}/tags/${red.id}`)).status).toBe(204);
    expect((await hub.call('GET', path)).body).toMatchObject({ tagIds: [blue.id], version: 3 });
    const log = await logOf(hub, path.split('/')[2] ?? '');
    expect(log.at(-1)?.data.changes).toEqual({ tagIds: { from: both, to: [blue.id] } });
    expect((await hub.call('PATCH', path, { body: { tagIds: [] } })).body.tagIds).toEqual([]);
  }
});

it('loses no tag when many are put on one record at once', async () => {
  const contact = await aContact(hub);
  const tags = await Promise.all(Array.from({ length: 20 }, (_, n) => aTag(`many ${n}`)));
  await Promise.all(tags.map((tag) => hub.call('PUT', `/contacts/${contact.id}/tags/${tag.id}`)));
  expect(await tagsOf(`/contacts/${contact.id}`)).toEqual(tags.map((tag) => tag.id).sort());
});

it('takes a deleted tag off its records, and puts another in the place of a merged one', async () => {
  const [gone, twin, kept] = [await aTag('gone'), await aTag('twin'), await aTag('kept')];
  const contact = await aContact(hub, { tagIds: [gone.id, twin.id, kept.id] });
  const deal = await aDeal(hub, { tagIds: [twin.id] });
  expect((await hub.call('DELETE', `/tags/${gone.id}`)).status).toBe(204);
  expect(await tagsOf(`/contacts/${contact.id}`)).toEqual([twin.id, kept.id].sort());
  expect(await hub.call('POST', `/tags/${twin.id}/merge`, { body: { into: kept.id } })).toMatchObject({
    status: 200,
    body: { id: kept.id },
  });
  expect(await tagsOf(`/contacts/${contact.id}`)).toEqual([kept.id]);
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ tagIds: [kept.id], version: 2 });
  expect((await logOf(hub, deal.id)).at(-1)).toMatchObject({
    type: 'deal.updated',
    data: { changes: { tagIds: { from: [twin.id], to: [kept.id] } } },
  });
  expect((await hub.call('GET', `/tags/${twin.id}`)).status).toBe(404);
});

it('leaves no tag on a record that was deleted while it was put there', async () => {
  const tag = await aTag('racing');
  const contacts = await Promise.all(Array.from({ length: 10 }, () => aContact(hub)));
  const puts = contacts.map((contact) => hub.call('PUT', `/contacts/${contact.id}/tags/${tag.id}`));
  const deleted = hub.call('DELETE', `/tags/${tag.id}`);
  const statuses = (await Promise.all(puts)).map(({ status }) => status);
  expect((await deleted).status).toBe(204);
  expect(statuses.every((status) => status === 204 || status === 400)).toBe(true);
  for (const contact of contacts) expect(await tagsOf(`/contacts/${contact.id}`)).toEqual([]);
});

it('refuses what is not right: 400, 401, 403, 404, 412', async () => {
  const tag = await aTag('strict');
  const contact = await aContact(hub);
  expect(await hub.call('POST', '/tags', { body: { name: 'x', color: 'red' } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/color' }] },
  });
  const unknown = await hub.call('PATCH', `/contacts/${contact.id}`, { body: { tagIds: [tag.id, contact.id] } });
  expect(unknown).toMatchObject({ status: 400, body: { errors: [{ pointer: '/tagIds/1', code: 'reference_not_found' }] } });
  expect(await hub.call('GET', '/tags', { key: null })).toMatchObject({ status: 401 });
  const rep = await hub.aRep();
  expect(await hub.call('DELETE', `/tags/${tag.id}`, { key: rep.key })).toMatchObject({ status: 403 });
  expect(await hub.call('PUT', `/contacts/${contact.id}/tags/${tag.id}`, { key: rep.key })).toMatchObject({ status: 403 });
  expect(await hub.call('PUT', `/contacts/${tag.id}/tags/${tag.id}`)).toMatchObject({
    status: 404,
    body: { code: 'contact_not_found' },
  });
  expect(await hub.call('POST', `/tags/${tag.id}/merge`, { body: { into: tag.id } })).toMatchObject({ status: 400 });
  expect(await hub.call('PATCH', `/tags/${tag.id}`, { body: { name: 'y' }, headers: { 'if-match': '"v9"' } })).toMatchObject({
    status: 412,
  });
});
