import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { aboutRecords, purgeDeleted } from '../../src/deletion/purge.ts';
import { aCompany, aContact, aDeal, anActivity, aTask, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
let now = new Date('2026-11-25T10:00:00Z');
beforeAll(async () => {
  hub = await startHub({ jobs: {}, now: () => now });
});
afterAll(() => hub.stop());

const day = 86_400_000;
const pass = (days: number) => {
  now = new Date(now.getTime() + days * day);
};
const rows = <Row>(statement: ReturnType<typeof SQL<Row>>) => hub.deed((ctx) => rowsOf(ctx, statement));
const count = async (table: string, id: string): Promise<number> =>
  (await rows(SQL`select 1 from ${SQL.ref(table)} where id = ${id}`)).length;

it('keeps deleted records for as many days as the settings say, and not longer', async () => {
  expect((await hub.call('GET', '/settings/records')).body).toMatchObject({ keepDeletedDays: 90 });
  const [kept, gone] = [await aContact(hub), await aContact(hub)];
  await hub.call('PATCH', '/settings/records', { body: { keepDeletedDays: 10 } });
  await hub.call('DELETE', `/contacts/${gone.id}`);
  pass(6);
  await hub.call('DELETE', `/contacts/${kept.id}`);
  pass(5);
  await purgeDeleted(hub.services);
  expect([await count('contacts', kept.id), await count('contacts', gone.id)]).toEqual([1, 0]);
  expect((await hub.call('POST', `/contacts/${gone.id}/restore`)).status).toBe(404);
  expect((await hub.call('POST', `/contacts/${kept.id}/restore`)).status).toBe(200);
  expect((await logOf(hub, gone.id)).map(({ type }) => type)).toEqual(['contact.created', 'contact.deleted', 'contact.purged']);
});

it('takes along what is about nothing else, and leaves what others have a part in', async () => {
  const [gone, other] = [await aContact(hub), await aContact(hub)];
  const company = await aCompany(hub);
  const alone = await anActivity(hub, { contactIds: [gone.id] });
  const shared = await anActivity(hub, { contactIds: [gone.id, other.id] });
  const withCompany = await anActivity(hub, { contactIds: [gone.id], companyId: company.id });
  const deal = await aDeal(hub, { contactId: gone.id });
  const task = await aTask(hub, { contactId: gone.id });
  const dealTask = await aTask(hub, { contactId: gone.id, dealId: deal.id });
  const rep = await hub.aRep();
  const share = { userId: rep.id, access: 'read' };
  expect((await hub.call('POST', `/contacts/${gone.id}/shares`, { body: share })).status).toBe(201);
  const file = { body: 'words', headers: { 'content-type': 'text/plain' } };
  expect((await hub.call('POST', `/contacts/${gone.id}/files?name=note.txt`, file)).status).toBe(201);
  await hub.call('DELETE', `/contacts/${gone.id}`);
  pass(11);
  await purgeDeleted(hub.services);
  expect([await count('activities', alone.id), await count('tasks', task.id)]).toEqual([0, 0]);
  expect((await hub.call('GET', `/activities/${shared.id}`)).body).toMatchObject({ contactIds: [other.id] });
  expect((await hub.call('GET', `/activities/${withCompany.id}`)).body).toMatchObject({ contactIds: [], companyId: company.id });
  expect((await hub.call('GET', `/deals/${deal.id}`)).body).toMatchObject({ contactId: null });
  expect((await hub.call('GET', `/tasks/${dealTask.id}`)).body).toMatchObject({ contactId: null, dealId: deal.id });
  for (const table of Object.keys(aboutRecords))
    expect(await rows(SQL`select 1 from ${SQL.ref(table)} where record_id = ${gone.id}`), table).toEqual([]);
  const nowhere = SQL`contact_id is null and company_id is null and deal_id is null`;
  expect(await rows(SQL`select subject from activities where ${nowhere}`)).toEqual([]);
});

it('takes the tombstones of what was merged into a record along', async () => {
  const [gone, merged] = [await aContact(hub), await aContact(hub)];
  await rows(SQL`update contacts set merged_into = ${gone.id} where id = ${merged.id}`);
  await hub.call('DELETE', `/contacts/${gone.id}`);
  pass(11);
  await purgeDeleted(hub.services);
  expect([await count('contacts', gone.id), await count('contacts', merged.id)]).toEqual([0, 0]);
});

it('purges records of every kind, many at once', async () => {
  const deal = await aDeal(hub);
  const made = [
    ['deals', deal.id],
    ['companies', (await aCompany(hub)).id],
    ['activities', (await anActivity(hub)).id],
    ['tasks', (await aTask(hub)).id],
  ] as const;
  for (const [path, id] of made) expect((await hub.call('DELETE', `/${path}/${id}`)).status).toBe(204);
  await rows(
    SQL`insert into contacts (id, first_name, created_at, updated_at, deleted_at) select gen_random_uuid(), 'Many', ${now}, ${now}, ${now} from generate_series(1, 130)`,
  );
  pass(11);
  await purgeDeleted(hub.services);
  for (const [path, id] of made) expect(await count(path, id), path).toBe(0);
  expect(await rows(SQL`select 1 from contacts where first_name = 'Many'`)).toEqual([]);
});

it('is done by a job that is asked for again, soon or later', async () => {
  const gone = await aContact(hub);
  await hub.call('DELETE', `/contacts/${gone.id}`);
  pass(11);
  await eventually(async () => {
    // Again and again: a run that is just ending sets the time of the next one.
    await rows(SQL`update jobs set run_at = now() - interval '3 seconds' where key = 'purge-deleted'`);
    return (await count('contacts', gone.id)) === 0;
  });
  await eventually(async () => {
    const [job] = await rows(
      SQL<{ waits: boolean }>`select holder is null and failed_at is null as waits from jobs where key = 'purge-deleted'`,
    );
    return job?.waits;
  });
});

it('has an index over all rows for everything that points to a record, so that purging one reads no table', async () => {
  const bare = await rows(SQL<{ column: string }>`
    select c.conrelid::regclass::text || '.' || a.attname as column
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid::regclass::text in ('contacts', 'companies', 'deals', 'activities', 'tasks')
      and not exists (select 1 from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]
        and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)'))`);
  expect(bare).toEqual([]);
});

/** What names records without a foreign key and is not purged with one: history, records of work on many, what a consumer of the log takes away. */
const kept = ['events', 'bulk_edit_rows', 'duplicate_keys'];

it('knows every table that names records by their kind and id', async () => {
  const tables = await rows(SQL<{ name: string }>`
    select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.attname = 'record_id' and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace order by 1`);
  expect(tables.map(({ name }) => name)).toEqual([...Object.keys(aboutRecords), ...kept].sort());
});
