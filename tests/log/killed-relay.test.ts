import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCompany } from '../../src/companies/companies.ts';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  await query(
    SQL`create table handled (consumer text, event_id uuid, record_id uuid, position bigint, n bigint generated always as identity)`,
  );
  await query(SQL`delete from consumers`); // only those of the child work here
  await query(SQL`insert into consumers (name, position) values ('rows', 0), ('engine', 0)`);
});
afterAll(() => hub.stop());

const query = <Row>(statement: ReturnType<typeof SQL<Row>>) => hub.deed((ctx) => rowsOf(ctx, statement));

function startChild(fatalStep?: string): ChildProcess {
  const script = join(import.meta.dirname, '../support/relay-child.ts');
  const args = fatalStep === undefined ? [] : [fatalStep];
  return spawn(process.execPath, [script, hub.database.url, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const steps = [
  ...['began', 'locked', 'moved', 'committed'].map((step) => `sequencer:${step}`),
  ...['rows', 'engine'].flatMap((consumer) => ['locked', 'handled', 'committed'].map((step) => `${consumer}:${step}`)),
];

it('has exactly one effect in rows per event, and at least one in an engine, though the relay is killed at each of its steps', async () => {
  for (const step of steps) {
    for (let n = 0; n < 5; n++) await hub.call('POST', '/companies', { body: { name: `${step} ${n}` } });
    const child = startChild(step);
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal, step).toBe('SIGKILL');
  }
  const survivor = startChild();
  try {
    await eventually(async () => {
      const [state] = await query<{ open: number }>(
        SQL`select count(*)::int as open from events cross join consumers c where events.position is null or c.position < events.position`,
      );
      return state?.open === 0;
    });
  } finally {
    survivor.kill('SIGKILL');
    await once(survivor, 'exit');
  }
  const handled = await query<{ consumer: string; least: number; most: number; missing: number }>(
    SQL`select consumer, min(times)::int as least, max(times)::int as most, count(*) filter (where times = 0)::int as missing
        from (select c.name as consumer, e.id, count(f.event_id) as times from consumers c cross join events e
              left join handled f on f.event_id = e.id and f.consumer = c.name group by c.name, e.id) as counted
        group by consumer order by consumer`,
  );
  expect(handled).toMatchObject([
    { consumer: 'engine', least: 1, missing: 0 },
    { consumer: 'rows', least: 1, most: 1, missing: 0 },
  ]);
  expect(await query(SQL`select 1 from dead_letters`)).toEqual([]);
});

it('left positions without a gap, in the order of each record', async () => {
  const [state] = await query<{ count: number; least: number; most: number; head: number; inverted: number }>(
    SQL`select count(*)::int as count, min(position)::int as least, max(position)::int as most, (select position::int from log_head) as head,
          (select count(*)::int from events a join events b on a.record_id = b.record_id and a.seq < b.seq and a.position > b.position) as inverted
        from events`,
  );
  expect(state).toEqual({ count: state?.count, least: 1, most: state?.count, head: state?.count, inverted: 0 });
});

it('hands a frozen holder on: another process takes over within seconds, and the frozen one does no harm when it wakes', async () => {
  const frozen = startChild();
  await eventually(
    async () =>
      (await query<{ held: boolean }>(SQL`select held_until > now() as held from consumers where name = 'engine'`))[0]?.held,
  );
  frozen.kill('SIGSTOP');
  const { id } = await hub.deed((ctx) => createCompany(ctx, { name: 'While it is frozen' }));
  const other = startChild();
  const done = async () => {
    const rows = await query<{ consumer: string }>(SQL`select distinct consumer from handled where record_id = ${id}`);
    return rows.length === 2;
  };
  await eventually(done);
  frozen.kill('SIGCONT');
  await hub.deed((ctx) => createCompany(ctx, { name: 'After it woke' }));
  await eventually(
    async () =>
      (
        await query<{ behind: number }>(
          SQL`select count(*)::int as behind from consumers where position < (select max(seq) from events)`,
        )
      )[0]?.behind === 0,
  );
  for (const child of [frozen, other]) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const twice = await query(SQL`select event_id from handled where consumer = 'rows' group by event_id having count(*) > 1`);
  expect(twice).toEqual([]);
});
