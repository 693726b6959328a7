import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import { creation, edit, type Revision, requireVersion, type Versioned } from '../records.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import type { CreateActivityTypeInput, UpdateActivityTypeInput } from './activity-type.schema.ts';

const typeJson = SQL.raw(
  jsonOf({
    ...columnsOf('activity_types', 'id key label icon countsAsContact system'),
    archived: ['activity_types.archived_at is not null', 'plain'],
    ...columnsOf('activity_types', 'createdAt:instant updatedAt:instant version'),
  }),
);
const typesAtMost = 100;

/** JSON of all types of activities, by their labels. */
export async function listActivityTypes(ctx: Context): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', json_agg(${typeJson} order by lower(label), key), 'nextCursor', null)::text as json from activity_types`,
  );
  return row?.json ?? '';
}

/** The JSON of a type of activity. Throws `activity_type_not_found`. */
export async function getActivityType(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(ctx, SQL`select ${typeJson}::text as json from activity_types where id = ${id}`);
  if (row === undefined) throw notFound('activity_type');
  return row.json;
}

/** Makes a type of activity, and returns its id. Throws `activity_type_key_taken`, `too_many_activity_types`. */
export async function createActivityType(ctx: Context, input: CreateActivityTypeInput): Promise<string> {
  const id = newId();
  const { key, label, icon = null, countsAsContact } = input;
  await rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtextextended('activity_types', 0))`);
  const row = await rowOf<{ n: number }>(ctx, SQL`select count(*)::int as n from activity_types`);
  if ((row?.n ?? 0) >= typesAtMost) throw conflict('too_many_activity_types', `There may be ${typesAtMost} types of activities.`);
  await rowsOf(
    ctx,
    SQL`insert into activity_types (id, key, label, icon, counts_as_contact, system, created_at, updated_at)
        values (${id}, ${key}, ${label}, ${icon}, ${countsAsContact}, false, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'activity_type.created', { activityTypeId: id, key, changes: creation({ label, icon, countsAsContact }) });
  return id;
}

interface TypeRow extends Versioned {
  key: string;
  label: string;
  icon: string | null;
  countsAsContact: boolean;
  archived: boolean;
  system: boolean;
}

/**
 * Edits a type of activity. Throws `activity_type_not_found`, `version_mismatch`, `activity_type_of_system`, and `activity_type_in_use` when
 * it is to count otherwise although some were logged.
 */
export async function updateActivityType(ctx: Context, { id, version }: Revision, patch: UpdateActivityTypeInput): Promise<void> {
  const type = await rowOf<TypeRow>(
    ctx,
    SQL`select key, label, icon, counts_as_contact as "countsAsContact", archived_at is not null as archived, system, version, updated_at as "updatedAt"
        from activity_types where id = ${id} for update`,
  );
  if (type === undefined) throw notFound('activity_type');
  requireVersion(type, version);
  if (type.system) throw conflict('activity_type_of_system', 'What the system writes is of types that cannot be changed.');
  const changes = edit(type, patch as Partial<TypeRow>, ctx.now);
  if (Object.keys(changes).length === 0) return;
  if (changes.countsAsContact) await requireUnused(ctx, type.key);
  await rowsOf(
    ctx,
    SQL`update activity_types set label = ${type.label}, icon = ${type.icon}, counts_as_contact = ${type.countsAsContact},
          archived_at = case when ${type.archived} then coalesce(archived_at, ${ctx.now}) end, version = ${type.version}, updated_at = ${type.updatedAt}
        where id = ${id}`,
  );
  emit(ctx, 'activity_type.updated', { activityTypeId: id, changes });
}

async function requireUnused(ctx: Context, key: string): Promise<void> {
  const used = await rowOf(ctx, SQL`select 1 from activities where type = ${key} limit 1`);
  if (used === undefined) return;
  const message = 'Activities of this type were logged; make another type that counts as you wish.';
  throw conflict('activity_type_in_use', message, {
    errors: [{ pointer: '/countsAsContact', code: 'activity_type_in_use', message }],
  });
}

/** Throws 400 `unknown_activity_type` unless people may log this type: it is there, not archived, and not one of the system's own. */
export async function requireLoggable(ctx: Context, key: string): Promise<void> {
  const rows = await rowsOf<{ key: string }>(
    ctx,
    SQL`select key from activity_types where not system and archived_at is null order by key`,
  );
  const keys = rows.map((row) => row.key);
  if (!keys.includes(key)) throw invalidField('/type', 'unknown_activity_type', `type must be one of: ${keys.join(', ')}.`);
}
