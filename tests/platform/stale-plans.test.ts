import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
});
afterAll(() => hub.stop());

it('answers no 5xx while the tables under prepared statements are altered', async () => {
  const contact = await aContact(hub);
  const statuses = new Map<number, number>();
  let running = true;
  const worker = async (n: number) => {
    for (let i = 0; running; i++) {
      const answer = await [
        () => hub.call('GET', '/events?limit=5'),
        () => hub.call('GET', '/me'),
        () => hub.call('POST', '/companies', { body: { name: `Load ${n}-${i}` } }),
        () => hub.call('GET', `/contacts/${contact.id}/timeline`),
        () => hub.call('PATCH', `/contacts/${contact.id}`, { body: { city: `City ${n}-${i}` } }),
      ][(n + i) % 5]?.();
      statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1);
    }
  };
  const alter = (statement: string) => hub.deed((ctx) => rowsOf(ctx, SQL.raw(statement)));
  const workers = Promise.all(Array.from({ length: 8 }, (_, n) => worker(n)));
  for (let round = 0; round < 3; round++) {
    await alter('alter table roles alter column permissions type json using permissions::json');
    await alter('alter table activities alter column duration type bigint');
    await alter('alter table roles alter column permissions type jsonb using permissions::jsonb');
    await alter('alter table activities alter column duration type int');
    await alter(`alter table contacts add column extra_${round} text default 'x'`);
  }
  running = false;
  await workers;
  expect([...statuses.keys()].sort()).toEqual([200, 201]);
  expect([...statuses.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(50);
});
