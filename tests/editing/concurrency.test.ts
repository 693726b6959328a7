import { afterAll, beforeAll, expect, it } from 'vitest';
import { aContact, logOf } from '../support/factories.ts';
import { type Answer, type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const fifty = <T>(work: (n: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, (_, n) => work(n)));
const statuses = (answers: Answer[]): number[] => answers.map(({ status }) => status).sort();
const edit = (id: string, n: number, headers: Record<string, string> = {}) =>
  hub.call('PATCH', `/contacts/${id}`, { body: { city: `City ${n}` }, headers });

interface Entry {
  type: string;
  changes: { field: string; from: unknown; to: unknown }[];
}

/** What the history tells of the city, oldest first; each change begins where the one before it ended. */
async function citiesOf(id: string): Promise<unknown[]> {
  const { body } = await hub.call('GET', `/contacts/${id}/history?limit=200`);
  const changes = (body.data as Entry[]).reverse().flatMap((entry) => entry.changes.filter(({ field }) => field === 'city'));
  for (const [n, { from }] of changes.entries()) expect(from).toBe(n === 0 ? null : changes[n - 1]?.to);
  return changes.map(({ to }) => to);
}

it('takes all of fifty edits at once that name no version, one after the other, as the history tells', async () => {
  const { id } = await aContact(hub);
  const answers = await fifty((n) => edit(id, n));
  expect(statuses(answers)).toEqual(Array(50).fill(200));
  const versions = answers.map(({ body }) => body.version as number).sort((a, b) => a - b);
  expect(versions).toEqual(Array.from({ length: 50 }, (_, n) => n + 2));
  const cities = await citiesOf(id);
  expect(new Set(cities).size).toBe(50);
  expect((await hub.call('GET', `/contacts/${id}`)).body).toMatchObject({ version: 51, city: cities.at(-1) });
});

it('takes one of fifty edits of the same version, and the history tells of no other', async () => {
  const { id } = await aContact(hub);
  const answers = await fifty((n) => edit(id, n, { 'if-match': '"v1"' }));
  expect(statuses(answers)).toEqual([200, ...Array(49).fill(412)]);
  const taken = answers.find(({ status }) => status === 200);
  expect(await citiesOf(id)).toEqual([taken?.body.city]);
  expect((await hub.call('GET', `/contacts/${id}`)).body).toMatchObject({ version: 2, city: taken?.body.city });
});

it('deletes a contact once, and takes no edit after that', async () => {
  const { id } = await aContact(hub);
  const answers = await fifty((n) => (n % 5 === 0 ? hub.call('DELETE', `/contacts/${id}`) : edit(id, n)));
  const deletions = answers.filter((_, n) => n % 5 === 0);
  const edits = answers.filter((_, n) => n % 5 !== 0);
  expect(statuses(deletions)).toEqual([204, ...Array(9).fill(404)]);
  expect(edits.filter(({ status }) => status !== 200 && status !== 404)).toEqual([]);
  const done = edits.filter(({ status }) => status === 200).length;
  expect((await logOf(hub, id)).map(({ type }) => type)).toEqual([
    'contact.created',
    ...Array(done).fill('contact.updated'),
    'contact.deleted',
  ]);
  const restored = await hub.call('POST', `/contacts/${id}/restore`);
  expect(restored.body).toMatchObject({ version: done + 3, city: (await citiesOf(id)).at(-1) ?? null });
});

it('gives an address to one of fifty contacts that take it at once', async () => {
  const contacts = await fifty(() => aContact(hub));
  const take = (id: string) => hub.call('PATCH', `/contacts/${id}`, { body: { email: 'wanted@crowd.example' } });
  const answers = await Promise.all(contacts.map(({ id }) => take(id)));
  expect(statuses(answers)).toEqual([200, ...Array(49).fill(409)]);
  const winner = answers.find(({ status }) => status === 200)?.body.id;
  expect(answers.filter(({ status }) => status === 409).map(({ body }) => body.existing.id)).toEqual(Array(49).fill(winner));
  for (const { id } of contacts) expect(await logOf(hub, id)).toHaveLength(id === winner ? 2 : 1);
});
