import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCompany, aContact, aDeal, aTask, logOf } from '../support/factories.ts';
import { type Answer, type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const statuses = (answers: Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** What a record must be like after these events: how often it was changed, and whether it is there. */
function told(types: readonly string[]): { version: number; there: boolean } {
  let there = false;
  for (const type of types) there = type !== 'deleted';
  return { version: types.length, there };
}

const kinds = [
  ['contacts', aContact, (n: number) => ({ city: `City ${n}` })],
  ['companies', aCompany, (n: number) => ({ city: `City ${n}` })],
  ['deals', aDeal, (n: number) => ({ name: `Name ${n}` })],
  ['tasks', aTask, (n: number) => ({ title: `Title ${n}` })],
] as const;

describe.each(kinds)('%s', (path, make, change) => {
  it('end as the log tells, with fifty deletes against fifty edits', async () => {
    const made = await make(hub);
    const url = `/${path}/${made.id}`;
    const calls = Array.from({ length: 50 }, (_, n) => [
      hub.call('PATCH', url, { body: change(n) }),
      hub.call('DELETE', url),
    ]).flat();
    const answers = await Promise.all(calls);
    const [edits, deletes] = [answers.filter((_, n) => n % 2 === 0), answers.filter((_, n) => n % 2 === 1)];
    expect(statuses(deletes)).toEqual({ 204: 1, 404: 49 });
    const events = (await logOf(hub, made.id)).map(({ type }) => type.split('.')[1] ?? '');
    const edited = edits.filter(({ status }) => status === 200).length;
    expect(edits.every(({ status }) => status === 200 || status === 404)).toBe(true);
    expect(events).toEqual(['created', ...Array(edited).fill('updated'), 'deleted']);
    const [deleted] = (await hub.call('GET', `/${path}/deleted`)).body.data;
    expect(deleted).toMatchObject({ id: made.id, version: told(events).version });
  });

  it('end as the log tells, with deletes, restores and edits at once', async () => {
    const made = await make(hub);
    const url = `/${path}/${made.id}`;
    const calls = Array.from({ length: 50 }, (_, n) =>
      n % 5 === 0
        ? hub.call('PATCH', url, { body: change(n) })
        : n % 2 === 0
          ? hub.call('DELETE', url)
          : hub.call('POST', `${url}/restore`),
    );
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => ![200, 204, 404].includes(status)).map(({ body }) => body)).toEqual([]);
    const events = (await logOf(hub, made.id)).map(({ type }) => type.split('.')[1] ?? '');
    const { version, there } = told(events);
    const now = await hub.call('GET', url);
    expect(now.status).toBe(there ? 200 : 404);
    const record = there ? now.body : (await hub.call('GET', `/${path}/deleted`)).body.data[0];
    expect(record).toMatchObject({ id: made.id, version });
  });
});
