import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact } from '../support/factories.ts';
import { type Hub, type Person, startHub } from '../support/hub.ts';
import { openStream } from '../support/sse.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let origin: string;
let scout: Person;
let other: Person;
const own = { create: 'all', read: 'own', edit: 'own', delete: 'own' };
const reads = { read: 'all' };
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
  origin = await hub.app.listen({ port: 0, host: '127.0.0.1' });
  const permissions = { contact: own, company: reads, deal: own, activity: reads, task: reads, event: reads, user: reads };
  const fields = { contact: { phone: 'hidden', title: 'readonly' } };
  const made = await hub.call('POST', '/roles', { body: { key: 'scout', name: 'Scout', permissions, fields } });
  expect(made.status).toBe(201);
  [scout, other] = [await hub.aUser('scout'), await hub.aUser('scout')];
});
afterAll(() => hub.stop());

interface Seen {
  type: string;
  data: { contactId?: string; changes?: object };
}
/** All that a caller reads of the log. */
async function feedOf(key: string): Promise<Seen[]> {
  const events: Seen[] = [];
  for (let after = '0'; ; ) {
    const { body } = await hub.call('GET', `/events?limit=1000&after=${after}`, { key });
    events.push(...body.data);
    if (body.nextCursor === after) return events;
    after = body.nextCursor;
  }
}
const about = (events: Seen[], id: string) => events.filter(({ data }) => data.contactId === id);
/** What a caller reads of a contact, once the admin reads that it was made. */
const readsOf = async (key: string, id: string) => {
  await eventually(async () => about(await feedOf(hub.admin.key), id).length > 0);
  return about(await feedOf(key), id);
};

it('the feed shows the events of the records that one sees', async () => {
  const mine = await aContact(hub, { key: scout.key });
  const theirs = await aContact(hub, { key: other.key });
  expect(await readsOf(scout.key, mine.id)).toMatchObject([{ type: 'contact.created' }]);
  expect(await readsOf(scout.key, theirs.id)).toEqual([]);
  expect((await feedOf(scout.key)).map(({ type }) => type)).not.toContain('role.created');
});

it('the stream shows them too, as they happen and when it catches up', async () => {
  const bearer = { authorization: `Bearer ${scout.key}` };
  const live = await openStream(`${origin}/api/v1/events/stream`, bearer);
  await eventually(() => live.lastId() >= 0);
  await aContact(hub, { key: other.key });
  const mine = await aContact(hub, { key: scout.key });
  const made = ({ events }: typeof live) =>
    events.filter(({ type }) => type === 'contact.created').map(({ data }) => data.data.contactId);
  await eventually(() => made(live).includes(mine.id));
  expect(made(live)).toEqual([mine.id]);
  live.close();
  const late = await openStream(`${origin}/api/v1/events/stream?after=0`, bearer);
  await eventually(() => made(late).includes(mine.id));
  late.close();
  expect(made(late)).toEqual(
    (await feedOf(scout.key)).filter(({ type }) => type === 'contact.created').map(({ data }) => data.contactId),
  );
});

it('a hidden field is in no event', async () => {
  const contact = await aContact(hub, { ownerId: scout.id, phone: '+43 1 5550100' });
  const [shown] = await readsOf(scout.key, contact.id);
  expect(shown?.data.changes).toHaveProperty('email');
  expect(JSON.stringify(shown)).not.toMatch(/phone|5550100/);
  expect(JSON.stringify(await readsOf(hub.admin.key, contact.id))).toMatch(/5550100/);
});

it('a hidden field cannot be written, as if there were none; a read-only one is refused by its name', async () => {
  const contact = await aContact(hub, { ownerId: scout.id });
  const write = (body: object) => hub.call('PATCH', `/contacts/${contact.id}`, { key: scout.key, body });
  const [hidden, unknown] = [await write({ phone: '1' }), await write({ fhone: '1' })];
  expect(hidden.body).toEqual({
    ...JSON.parse(JSON.stringify(unknown.body).replaceAll('fhone', 'phone')),
    requestId: hidden.body.requestId,
  });
  expect(await write({ title: 'Boss' })).toMatchObject({
    status: 403,
    body: { code: 'field_read_only', permission: 'contact.title:edit', errors: [{ pointer: '/title' }] },
  });
  expect((await hub.call('POST', '/contacts', { key: scout.key, body: { firstName: 'A', title: 'B' } })).status).toBe(403);
  expect((await write({ firstName: 'Ada' })).status).toBe(200);
});
