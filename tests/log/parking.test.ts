import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createCompany, updateCompany } from '../../src/companies/companies.ts';
import type { Consumer } from '../../src/consumers.ts';
import { rootCause, rowsOf, systemActor, transact } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { redrive } from '../../src/dead-letters.ts';
import { unavailable } from '../../src/errors.ts';
import type { LogEvent } from '../../src/log.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

type Name = 'rows' | 'engine' | 'historian';
let hub: Hub;
const handled: Record<Name, LogEvent[]> = { rows: [], engine: [], historian: [] };
/** What each consumer does with an event; a test may make it fail. */
let fault: (event: LogEvent, consumer: Name) => Error | undefined = () => undefined;

const take = (name: Name) => (event: LogEvent) => {
  const error = fault(event, name);
  if (error !== undefined) throw error;
  handled[name].push(event);
};
const types = ['company.updated'] as const;
const consumers: Consumer[] = [
  { kind: 'rows', name: 'rows', types, history: false, handle: async (_ctx, event) => take('rows')(event) },
  { kind: 'engine', name: 'engine', types, history: false, handle: async (_services, events) => events.forEach(take('engine')) },
  { kind: 'rows', name: 'historian', types, history: true, handle: async (_ctx, event) => take('historian')(event) },
];
beforeAll(async () => {
  hub = await startHub({ consumers });
});
afterAll(() => hub.stop());
beforeEach(() => {
  fault = () => undefined;
  for (const list of Object.values(handled)) list.length = 0;
});

const aCompany = () => hub.deed((ctx) => createCompany(ctx, { name: 'start' }));
const rename = (id: string, name: string) => hub.deed((ctx) => updateCompany(ctx, { id }, { name }));
const namesOf = (consumer: Name, id: string) =>
  handled[consumer]
    .filter((event) => event.recordId === id)
    .map((event) => (event.data.changes as { name: { to: string } }).name.to);
const parked = (consumer: Name) =>
  hub.deed((ctx) =>
    rowsOf<{ key: string; attempts: number; error: string }>(
      ctx,
      SQL`select key, attempts, error from dead_letters where consumer = ${consumer} order by position`,
    ),
  );

it.each(['rows', 'engine'] as const)(
  'parks a failing event of %s by its record; later ones wait behind it in order, other records go on',
  async (consumer) => {
    const [bad, good] = [await aCompany(), await aCompany()];
    fault = (event, name) => (name === consumer && event.recordId === bad.id ? new Error('cannot be handled') : undefined);
    await rename(bad.id, '1');
    await eventually(async () => (await parked(consumer)).length === 1);
    for (const name of ['2', '3']) await rename(bad.id, name);
    for (const name of ['1', '2', '3']) await rename(good.id, name);
    await eventually(() => namesOf(consumer, good.id).length === 3);
    expect(namesOf(consumer, good.id)).toEqual(['1', '2', '3']);
    await eventually(async () => (await parked(consumer)).length === 3);
    const [first, ...behind] = await parked(consumer);
    expect(first).toMatchObject({ key: bad.id, error: 'Error: cannot be handled' });
    const attempts = first?.attempts ?? 0; // tried again by itself every few seconds
    expect(attempts).toBeGreaterThan(0);
    expect(behind).toMatchObject([
      { key: bad.id, attempts: 0 },
      { key: bad.id, attempts: 0 },
    ]);
    expect(namesOf(consumer, bad.id)).toEqual([]);

    expect(await hub.deed((ctx) => redrive(ctx, consumer, bad.id))).toBe(3);
    await eventually(async () => ((await parked(consumer))[0]?.attempts ?? 0) > attempts);
    fault = () => undefined;
    await rename(bad.id, '4');
    await hub.deed((ctx) => redrive(ctx, consumer, null));
    await eventually(async () => (await parked(consumer)).length === 0);
    await eventually(() => namesOf(consumer, bad.id).length === 4);
    expect(namesOf(consumer, bad.id)).toEqual(['1', '2', '3', '4']);
  },
);

it.each(['rows', 'engine'] as const)(
  'stops %s alone while what it needs is away, counts no attempt, and loses nothing',
  async (consumer) => {
    const company = await aCompany();
    const other = consumer === 'rows' ? 'engine' : 'rows';
    let tries = 0;
    fault = (_event, name) => {
      if (name !== consumer) return undefined;
      tries += 1;
      return unavailable('engine', 'It is away.');
    };
    for (const name of ['1', '2', '3']) await rename(company.id, name);
    await eventually(() => tries >= 2 && namesOf(other, company.id).length === 3);
    expect(await parked(consumer)).toEqual([]);
    expect(namesOf(consumer, company.id)).toEqual([]);
    fault = () => undefined;
    await eventually(() => namesOf(consumer, company.id).length >= 3);
    expect([...new Set(namesOf(consumer, company.id))]).toEqual(['1', '2', '3']);
  },
);

it('hands history to those that ask for it alone', async () => {
  const company = await aCompany();
  const cause = rootCause({ kind: 'cli' }, 'history');
  await transact(hub.services, { actor: systemActor, cause }, (ctx) =>
    updateCompany(ctx, { id: company.id }, { name: 'long ago' }),
  );
  await rename(company.id, 'now');
  await eventually(() => namesOf('historian', company.id).length === 2 && namesOf('rows', company.id).length === 1);
  expect(namesOf('historian', company.id)).toEqual(['long ago', 'now']);
  await eventually(() => namesOf('engine', company.id).length === 1);
  expect([namesOf('rows', company.id), namesOf('engine', company.id)]).toEqual([['now'], ['now']]);
});

it('undoes the rows of an event that failed, and keeps those of its neighbours', async () => {
  await hub.deed((ctx) => rowsOf(ctx, SQL`create table side (name text)`));
  const [bad, good] = [await aCompany(), await aCompany()];
  const writing: Consumer = {
    kind: 'rows',
    name: 'writing',
    types,
    history: false,
    async handle(ctx, event) {
      await rowsOf(ctx, SQL`insert into side values (${event.recordId === bad.id ? 'bad' : 'good'})`);
      await createCompany(ctx, { name: event.recordId === bad.id ? 'bad effect' : 'good effect' });
      if (event.recordId === bad.id) await rowsOf(ctx, SQL`select 1 / 0`);
    },
  };
  const { startRelay } = await import('../../src/relay.ts');
  const relay = await startRelay(hub.services, [writing]);
  await hub.deed(async (ctx) => {
    await updateCompany(ctx, { id: bad.id }, { name: 'x' });
    await updateCompany(ctx, { id: good.id }, { name: 'x' });
  });
  await eventually(async () => (await hub.call('GET', '/companies?q=effect')).body.data.length > 0);
  await relay.stop();
  expect((await hub.call('GET', '/companies?q=effect')).body.data).toMatchObject([{ name: 'good effect' }]);
  expect(await hub.deed((ctx) => rowsOf(ctx, SQL`select name from side`))).toEqual([{ name: 'good' }]);
  const [effect] = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select e.cause_id = c.id as caused, e.correlation_id = c.correlation_id as chained from events e
        join events c on c.record_id = ${good.id} and c.type = 'company.updated' where e.type = 'company.created' and e.cause_id is not null`,
    ),
  );
  expect(effect).toEqual({ caused: true, chained: true });
});
