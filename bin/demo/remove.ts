import { type Context, rowOf, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { conflict } from '../../src/errors.ts';

/** What was kept, by table: people have worked on it, or on something that needs it. */
export type Kept = Record<string, number>;

/** Tables with demo records, in the order in which they can be deleted. */
const tables = [
  'activities',
  'tasks',
  'files',
  'deals',
  'messages',
  'mail_threads',
  'mailboxes',
  'contacts',
  'companies',
  'pipelines',
  'users',
];

/**
 * Takes the demo data away in one transaction, with their part of the log, and nothing else: what people have edited, or what their
 * own records point to, is kept, with what that needs. Throws `demo_absent`.
 */
export async function removeDemo(ctx: Context): Promise<Kept> {
  const demo = await rowOf<{ value: { correlationId: string; pipelines: string[] } }>(
    ctx,
    SQL`delete from settings where key = 'demo' returning value`,
  );
  if (demo === undefined) throw conflict('demo_absent', 'There are no demo data.');
  await gather(ctx, demo.value);
  await keepEdited(ctx, demo.value.correlationId);
  while ((await keepNeeded(ctx)) > 0);
  const rows = await rowsOf<{ place: string; count: number }>(
    ctx,
    SQL`select place, count(*)::int as count from demo where kept group by place`,
  );
  await rowsOf(ctx, SQL`select set_config('throughline.log_change', 'retention', true)`);
  await rowsOf(
    ctx,
    SQL`delete from events where correlation_id = ${demo.value.correlationId} and record_id not in (select id from demo where kept)`,
  );
  for (const table of tables)
    await rowsOf(ctx, SQL`delete from ${SQL.ref(table)} where id in (select id from demo where place = ${table} and not kept)`);
  await rowsOf(ctx, SQL`drop table demo`);
  return Object.fromEntries(rows.map(({ place, count }) => [place, count]));
}

async function gather(ctx: Context, { correlationId, pipelines }: { correlationId: string; pipelines: string[] }): Promise<void> {
  await rowsOf(
    ctx,
    SQL`create temporary table demo on commit drop as
        select distinct place, record_id as id, false as kept from events join (values ('activity', 'activities'), ('task', 'tasks'), ('deal', 'deals'),
          ('contact', 'contacts'), ('company', 'companies'), ('user', 'users')) as t (record_type, place) using (record_type)
        where correlation_id = ${SQL.lit(correlationId)}
        union select 'activities', activities.id, false from activities join events on activities.source_key = events.id::text
        where activities.source = 'system' and events.correlation_id = ${SQL.lit(correlationId)}
        union select 'pipelines', unnest, false from unnest(${SQL.lit(`{${pipelines.join(',')}}`)}::uuid[])`,
  );
  await rowsOf(
    ctx,
    SQL`insert into demo select 'mailboxes', id, false from mailboxes where owner_id in (select id from demo) and address_normal like '%@demo-team.example'
        union all select 'messages', id, false from messages where identity like 'demo:%'
        union select 'mail_threads', thread_id, false from messages where identity like 'demo:%'`,
  );
  await rowsOf(ctx, SQL`create index on demo (id)`);
}

/** Whatever an event of somebody else's is about. */
async function keepEdited(ctx: Context, correlationId: string): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update demo set kept = true where exists (select 1 from events where events.record_id = demo.id and events.correlation_id <> ${correlationId}
          and events.actor_kind <> 'system')
        or exists (select 1 from files where files.record_id = demo.id) or exists (select 1 from record_shares where record_shares.record_id = demo.id)`,
  );
}

interface Reference {
  child: string;
  column: string;
  /** The column that says whose row the child's is: its own id, or that of the record it belongs to. */
  owner: string | null;
  parent: string;
}

/** Keeps what a row that stays points to; says how many more are kept. The foreign keys tell which rows those are. */
async function keepNeeded(ctx: Context): Promise<number> {
  const references = await rowsOf<Reference>(
    ctx,
    SQL`select c.conrelid::regclass::text as child, a.attname as column, c.confrelid::regclass::text as parent,
          case when c.conrelid::regclass::text = any(${tables}) then 'id' else (
            select own.attname from pg_constraint o join pg_attribute own on own.attrelid = o.conrelid and own.attnum = o.conkey[1]
            where o.conrelid = c.conrelid and o.contype = 'f' and o.confdeltype = 'c' and o.confrelid::regclass::text = any(${tables})
            order by o.conname limit 1) end as owner
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid::regclass::text = any(${tables}) and cardinality(c.conkey) = 1`,
  );
  let kept = 0;
  for (const { child, column, owner, parent } of references) {
    const stays =
      owner === null
        ? SQL`true`
        : SQL`not exists (select 1 from demo own where own.id = child.${SQL.ref(owner)} and not own.kept)`;
    const rows = await rowsOf(
      ctx,
      SQL`update demo set kept = true where place = ${parent} and not kept
          and exists (select 1 from ${SQL.ref(child)} child where child.${SQL.ref(column)} = demo.id and ${stays}) returning 1`,
    );
    kept += rows.length;
  }
  return kept;
}
