import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCompany, updateCompany } from '../../src/companies/companies.ts';
import type { Consumer } from '../../src/consumers.ts';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import type { LogEvent } from '../../src/log.ts';
import { type Relay, startRelay } from '../../src/relay.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let second: Relay;
const handled: LogEvent[] = [];
const collect: Consumer = {
  kind: 'rows',
  name: 'collect',
  types: ['company.updated'],
  history: false,
  handle: async (_ctx, event) => void handled.push(event),
};
beforeAll(async () => {
  hub = await startHub({ consumers: [collect] });
  second = await startRelay(hub.services, [collect]);
});
afterAll(async () => {
  await second.stop();
  await hub.stop();
});

it('keeps the order of a record under fifty writers, with two relays at work', async () => {
  const { id } = await hub.deed((ctx) => createCompany(ctx, { name: 'start' }));
  const others = await Promise.all(
    Array.from({ length: 5 }, (_, n) => hub.deed((ctx) => createCompany(ctx, { name: `other ${n}` }))),
  );
  await Promise.all(
    Array.from({ length: 50 }, async (_, writer) => {
      for (let n = 0; n < 4; n++) {
        await hub.deed((ctx) => updateCompany(ctx, { id }, { name: `${writer}.${n}` }));
        await hub.deed((ctx) => updateCompany(ctx, { id: others[writer % 5]?.id ?? '' }, { name: `${writer}.${n}` }));
      }
    }),
  );
  const of = (recordId: string) => handled.filter((event) => event.recordId === recordId);
  await eventually(() => of(id).length >= 200 && handled.length >= 400);
  let name = 'start';
  for (const event of of(id)) {
    const change = (event.data.changes as { name: { from: string; to: string } }).name;
    expect(change.from).toBe(name);
    name = change.to;
  }
  expect((await hub.call('GET', `/companies/${id}`)).body).toMatchObject({ name, version: 201 });
  expect(handled).toHaveLength(400);
  expect(handled.map((event) => event.position)).toEqual(handled.map((event) => event.position).sort((a, b) => a - b));
});

it('numbers committed events from 1 without a gap, whatever was rolled back', async () => {
  await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) =>
      hub.deed(async (ctx) => {
        await createCompany(ctx, { name: `maybe ${n}` });
        if (n % 3 === 0) await rowsOf(ctx, SQL`select 1 / 0`);
      }),
    ),
  );
  const state = () =>
    hub.deed((ctx) =>
      rowsOf<{ events: number; most: number; distinct: number; head: number }>(
        ctx,
        SQL`select count(*)::int as events, max(position)::int as most, count(distinct position)::int as distinct,
              (select position::int from log_head) as head from events`,
      ),
    );
  const [settled] = await eventually(async () => {
    const rows = await state();
    return rows[0]?.events === rows[0]?.head ? rows : undefined;
  });
  expect(settled).toEqual({ events: settled?.events, most: settled?.events, distinct: settled?.events, head: settled?.events });
});
