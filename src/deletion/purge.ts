import { type Context, rootCause, rowsOf, type Services, systemActor, transact } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { tableOf } from '../fields/tables.ts';
import { recordSettings } from '../settings.ts';

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
const objects: readonly Customisable[] = ['contact', 'company', 'deal', 'activity', 'task'];
const batch = 50;
/** Batches of one kind at a time: what comes behind in the queue is not kept waiting for long. */
const batchesAtMost = 20;

/**
 * Deletes for good what was deleted longer ago than the settings say, a batch per transaction. True when there is more to do. What is
 * restored at this moment stays.
 */
export async function purgeDeleted(services: Services): Promise<boolean> {
  let more = false;
  for (const object of objects) {
    let found = batch;
    for (let n = 0; n < batchesAtMost && found === batch; n++)
      found = await transact(services, doing, (ctx) => purgeBatch(ctx, object));
    more ||= found === batch;
  }
  return more;
}

async function purgeBatch(ctx: Context, object: Customisable): Promise<number> {
  const { keepDeletedDays } = await recordSettings(ctx);
  const before = new Date(ctx.now.getTime() - keepDeletedDays * 86_400_000);
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from ${SQL.ref(tableOf[object])} where deleted_at < ${before} and ${purgeable(object)} order by deleted_at limit ${SQL.lit(batch)} for update skip locked`,
  );
  await purgeRecords(
    ctx,
    object,
    rows.map(({ id }) => id),
  );
  return rows.length;
}

/** Of a person who was erased nothing is left to purge but that there was one, which deals and activities point to. */
const purgeable = (object: Customisable) => (object === 'contact' ? SQL`erased_at is null` : SQL`true`);

/** Tables that name a record without a foreign key, and in which column they say its kind. What happened to it stays in the log. */
export const aboutRecords: Readonly<Record<string, string>> = {
  record_shares: 'object',
  notifications: 'record_type',
  files: 'object',
  runs: 'kind',
  effects: 'kind',
  external_ids: 'object',
};

/**
 * Deletes records with the tombstones that were merged into them and all that is theirs alone. What else points to them points nowhere
 * afterwards; activities and tasks that were about nothing else go too, since those about nothing are for everybody to see.
 */
export async function purgeRecords(ctx: Context, object: Customisable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const all = await withTombstones(ctx, object, ids);
  const left = await pointing(ctx, object, all);
  await unlinkActivities(ctx, object, all);
  for (const { table, column, required } of await referencesTo(ctx, tableOf[object])) {
    const these = SQL`where ${SQL.ref(column)} = any(${all}::uuid[])`;
    await rowsOf(
      ctx,
      required
        ? SQL`delete from ${SQL.ref(table)} ${these}`
        : SQL`update ${SQL.ref(table)} set ${SQL.ref(column)} = null ${these}`,
    );
  }
  for (const [table, kind] of Object.entries(aboutRecords))
    await rowsOf(ctx, SQL`delete from ${SQL.ref(table)} where record_id = any(${all}::uuid[]) and ${SQL.ref(kind)} = ${object}`);
  const gone = await rowsOf<{ id: string; system: boolean }>(
    ctx,
    SQL`delete from ${SQL.ref(tableOf[object])} where id = any(${all}::uuid[])
        returning id, ${object === 'activity' ? SQL`source = 'system'` : SQL`false`} as system`,
  );
  for (const { id, system } of gone) if (!system) emitPurged(ctx, object, id);
  await purgeRecords(ctx, 'activity', await aboutNothing(ctx, 'activity', left.activities));
  await purgeRecords(ctx, 'task', await aboutNothing(ctx, 'task', left.tasks));
}

const mergeable = new Set<Customisable>(['contact', 'company']);

async function withTombstones(ctx: Context, object: Customisable, ids: readonly string[]): Promise<string[]> {
  if (!mergeable.has(object)) return [...ids];
  const table = SQL.ref(tableOf[object]);
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`with recursive gone as (
          select unnest(${ids}::uuid[]) as id
          union select ${table}.id from gone join ${table} on ${table}.merged_into = gone.id
        ) select id from gone`,
  );
  return rows.map(({ id }) => id);
}

const linkOf: Partial<Record<Customisable, string>> = { contact: 'contact_id', company: 'company_id', deal: 'deal_id' };

/** Activities and tasks that point to records. */
async function pointing(ctx: Context, object: Customisable, ids: readonly string[]) {
  const link = linkOf[object];
  if (link === undefined) return { activities: [], tasks: [] };
  const column = SQL.ref(link);
  const linked =
    object === 'contact' ? SQL`union select activity_id from activity_links where contact_id = any(${ids}::uuid[])` : SQL``;
  const activities = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from activities where ${column} = any(${ids}::uuid[]) ${linked}`,
  );
  const tasks = await rowsOf<{ id: string }>(ctx, SQL`select id from tasks where ${column} = any(${ids}::uuid[])`);
  return { activities: activities.map(({ id }) => id), tasks: tasks.map(({ id }) => id) };
}

/** An activity with several contacts is another one's first. */
async function unlinkActivities(ctx: Context, object: Customisable, ids: readonly string[]): Promise<void> {
  if (object !== 'contact') return;
  await rowsOf(
    ctx,
    SQL`update activities set contact_id = (select l.contact_id from activity_links l
          where l.activity_id = activities.id and l.contact_id <> all(${ids}::uuid[]) order by l.contact_id limit 1)
        where contact_id = any(${ids}::uuid[])`,
  );
}

async function aboutNothing(ctx: Context, object: 'activity' | 'task', ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from ${SQL.ref(tableOf[object])} where id = any(${ids}::uuid[]) and contact_id is null and company_id is null and deal_id is null`,
  );
  return rows.map(({ id }) => id);
}

interface Reference {
  table: string;
  column: string;
  required: boolean;
}

/** The foreign keys to a table, save those of its own tombstones. */
const referencesTo = (ctx: Context, table: string): Promise<Reference[]> =>
  rowsOf<Reference>(
    ctx,
    SQL`select c.conrelid::regclass::text as table, a.attname as column, a.attnotnull as required
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = ${table}::regclass and cardinality(c.conkey) = 1 and a.attname <> 'merged_into'
        order by 1, 2`,
  );

function emitPurged(ctx: Context, object: Customisable, id: string): void {
  switch (object) {
    case 'contact':
      return void emit(ctx, 'contact.purged', { contactId: id });
    case 'company':
      return void emit(ctx, 'company.purged', { companyId: id });
    case 'deal':
      return void emit(ctx, 'deal.purged', { dealId: id });
    case 'activity':
      return void emit(ctx, 'activity.purged', { activityId: id });
    case 'task':
      return void emit(ctx, 'task.purged', { taskId: id });
  }
}
