import { afterAll, beforeAll, expect, it } from 'vitest';
import { countWhatCame } from '../../src/activities/freshness.ts';
import { aContact, aDeal, anActivity, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const [first, second, third] = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z'];
const edit = (id: string, body: object) => hub.call('PATCH', `/activities/${id}`, { body });
const contacted = async (id: string) => (await hub.call('GET', `/contacts/${id}`)).body.lastContactedAt;
const active = async (id: string) => (await hub.call('GET', `/deals/${id}`)).body.lastActivityAt;

it('says who was last contacted when after an activity is edited, deleted and restored', async () => {
  const contact = await aContact(hub);
  const log = (activityDate: string, type = 'call') => anActivity(hub, { type, activityDate, contactIds: [contact.id] });
  const early = await log(first);
  const late = await log(third);
  await log('2026-03-09T00:00:00Z', 'note');
  expect(await contacted(contact.id)).toBe(third);
  await edit(late.id, { activityDate: second });
  expect(await contacted(contact.id)).toBe(second);
  await hub.call('DELETE', `/activities/${late.id}`);
  expect(await contacted(contact.id)).toBe(first);
  await hub.call('DELETE', `/activities/${early.id}`);
  expect(await contacted(contact.id)).toBe(null);
  await hub.call('POST', `/activities/${late.id}/restore`);
  expect(await contacted(contact.id)).toBe(second);
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body).toMatchObject({ version: 1, updatedAt: contact.updatedAt });
});

it('says so of deals, of both when an activity goes from one to the other', async () => {
  const [one, other] = [await aDeal(hub), await aDeal(hub)];
  const note = (dealId: string, activityDate: string) => anActivity(hub, { type: 'note', contactIds: [], dealId, activityDate });
  await note(one.id, first);
  const moved = await note(one.id, third);
  await edit(moved.id, { dealId: other.id });
  expect([await active(one.id), await active(other.id)]).toEqual([first, third]);
  await hub.call('DELETE', `/activities/${moved.id}`);
  expect(await active(other.id)).toBe(null);
});

it('edits whom an activity concerns: timelines, the last contact and the first of them follow', async () => {
  const [one, two, three] = [await aContact(hub), await aContact(hub), await aContact(hub)];
  const call = await anActivity(hub, { contactIds: [one.id, two.id], activityDate: first });
  const edited = await edit(call.id, { contactIds: [three.id, two.id, three.id] });
  expect(edited.body).toMatchObject({ version: 2, contactIds: [two.id, three.id].sort() });
  const on = async (id: string) =>
    (await hub.call('GET', `/contacts/${id}/timeline?kinds=call`)).body.data.map((entry: { id: string }) => entry.id);
  expect([await on(one.id), await on(two.id), await on(three.id)]).toEqual([[], [call.id], [call.id]]);
  expect([await contacted(one.id), await contacted(two.id), await contacted(three.id)]).toEqual([null, first, first]);
  expect((await logOf(hub, call.id)).at(-1)).toMatchObject({
    type: 'activity.updated',
    data: { changes: { contactIds: { from: [one.id, two.id].sort(), to: [three.id, two.id] } } },
  });
  expect((await edit(call.id, { contactIds: [two.id, three.id], subject: call.subject })).body.version).toBe(2);
  expect((await edit(call.id, { contactIds: [one.id], activityDate: second })).body.version).toBe(3);
  expect([await contacted(one.id), await contacted(two.id)]).toEqual([second, null]);
});

it('puts whom it concerned back from its history', async () => {
  const [one, two] = [await aContact(hub), await aContact(hub)];
  const call = await anActivity(hub, { contactIds: [one.id] });
  await edit(call.id, { contactIds: [two.id] });
  const [entry] = (await hub.call('GET', `/activities/${call.id}/history`)).body.data;
  await hub.call('POST', `/activities/${call.id}/history/${entry.id}/restore`, { body: { field: 'contactIds' } });
  expect((await hub.call('GET', `/activities/${call.id}`)).body.contactIds).toEqual([one.id]);
});

it('keeps a contact that the editor does not see, who cannot add one either', async () => {
  const rep = await hub.aUser('rep');
  const { body: role } = await hub.call('GET', '/roles/rep');
  const permissions = { ...role.permissions, contact: { ...role.permissions.contact, read: 'own' } };
  await hub.call('POST', '/roles', { body: { key: 'narrow', name: 'Narrow', permissions } });
  const narrow = await hub.aUser('narrow');
  const [hidden, other] = [await aContact(hub), await aContact(hub, { ownerId: rep.id })];
  const mine = await aContact(hub, { ownerId: narrow.id });
  const call = await anActivity(hub, { contactIds: [mine.id], key: narrow.key });
  await edit(call.id, { contactIds: [hidden.id, mine.id] });
  const as = (contactIds: string[]) => hub.call('PATCH', `/activities/${call.id}`, { body: { contactIds }, key: narrow.key });
  expect(await as([hidden.id, other.id])).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/contactIds/1', code: 'reference_not_found' }] },
  });
  expect((await as([hidden.id])).body.contactIds).toEqual([hidden.id]);
});

it('refuses an activity that would concern nobody', async () => {
  const call = await anActivity(hub);
  expect(await edit(call.id, { contactIds: [] })).toMatchObject({ status: 400, body: { errors: [{ code: 'concerns_nobody' }] } });
  const deal = await aDeal(hub);
  expect((await edit(call.id, { contactIds: [], dealId: deal.id })).body).toMatchObject({ contactIds: [], dealId: deal.id });
});

it('ends as the log says when fifty people change whom an activity concerns', async () => {
  const contacts = await Promise.all(Array.from({ length: 4 }, () => aContact(hub)));
  const call = await anActivity(hub, { contactIds: [contacts[0].id], activityDate: first });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => edit(call.id, { contactIds: [contacts[n % 4].id, contacts[(n + 1) % 4].id] })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  const last = (await logOf(hub, call.id)).at(-1)?.data.changes.contactIds.to.toSorted();
  const { body } = await hub.call('GET', `/activities/${call.id}`);
  expect(body.contactIds).toEqual(last);
  for (const { id } of contacts) expect(await contacted(id)).toBe(last.includes(id) ? first : null);
});

it('counts nobody as contacted by what is still to come, and does when it has come', async () => {
  const contact = await aContact(hub);
  await anActivity(hub, { type: 'call', contactIds: [contact.id], activityDate: '2026-03-01T08:00:00Z' });
  const planned = await anActivity(hub, { type: 'meeting', contactIds: [contact.id], activityDate: '2199-05-01T08:00:00Z' });
  expect(await contacted(contact.id)).toBe('2026-03-01T08:00:00.000Z');
  await hub.call('PATCH', `/activities/${planned.id}`, { body: { activityDate: '2199-05-01T09:00:00Z' } });
  expect(await contacted(contact.id)).toBe('2026-03-01T08:00:00.000Z');
  const { version } = (await hub.call('GET', `/contacts/${contact.id}`)).body;
  await countWhatCame({ ...hub.services, now: () => new Date('2199-05-01T09:30:00Z') });
  expect(await contacted(contact.id)).toBe('2199-05-01T09:00:00.000Z');
  expect((await hub.call('GET', `/contacts/${contact.id}`)).body.version).toBe(version);
});
