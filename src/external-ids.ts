import { type Context, rowOf, rowsOf } from './context.ts';
import type { Customisable } from './custom-fields.ts';
import { SQL } from './database.ts';
import { emit } from './emit.ts';
import { AppError, conflict } from './errors.ts';
import type { EventData } from './events.ts';
import { visible } from './identity/permissions.ts';
import type { ExternalKeyInput } from './match.schema.ts';
import type { ObjectType } from './objects.ts';

/** The record that an external id stands for, followed to the one it was merged into. */
export interface Identified {
  id: string;
  deleted: boolean;
  /** Whether the caller may see it. */
  seen: boolean;
}

/** The record that another system calls so; undefined when there is none, or it was purged. */
export const identifiedBy = (
  ctx: Context,
  { object, table }: ObjectType,
  { system, id }: ExternalKeyInput,
): Promise<Identified | undefined> => {
  const merges = object === 'contact' || object === 'company';
  const onward = SQL`union select r.id from found join ${SQL.ref(table)} f on f.id = found.id join ${SQL.ref(table)} r on r.id = f.merged_into`;
  return rowOf<Identified>(
    ctx,
    SQL`with recursive found as (
          select record_id as id from external_ids where object = ${object} and system = ${system} and external_id = ${id}
          ${merges ? onward : SQL``}
        )
        select r.id, r.deleted_at is not null as deleted, ${visible(ctx, object, 'r')} as seen
        from found join ${SQL.ref(table)} r on r.id = found.id ${merges ? SQL`where r.merged_into is null` : SQL``}`,
  );
};

/** Two transactions that mean the same record by what it is told by wait for each other here, so that only one of them makes it. */
export const holdMatch = (ctx: Context, object: string, by: string) =>
  rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtextextended(${`match ${object} ${by}`}, 0))`);

/** Holds an external id until the end of the transaction. */
export const holdExternalId = (ctx: Context, object: string, { system, id }: ExternalKeyInput) =>
  holdMatch(ctx, object, JSON.stringify([system, id]));

/**
 * Has an external id, held by `holdExternalId`, stand for a record. Throws 409 `external_id_taken` when it stands for another one; it names
 * the other where the caller may see it.
 */
export async function identify(
  ctx: Context,
  type: ObjectType,
  { id, key }: { id: string; key: ExternalKeyInput },
): Promise<void> {
  const holder = await identifiedBy(ctx, type, key);
  if (holder?.id === id) return;
  if (holder !== undefined) {
    const message = 'This external id already belongs to a record.';
    throw conflict('external_id_taken', message, { existing: holder.seen ? { id: holder.id, deleted: holder.deleted } : null });
  }
  await rowsOf(
    ctx,
    SQL`insert into external_ids (object, system, external_id, record_id, created_at)
        values (${type.object}, ${key.system}, ${key.id}, ${id}, ${ctx.now})
        on conflict (object, system, external_id) do update set record_id = excluded.record_id, created_at = excluded.created_at`,
  );
  tell(ctx, type, { id, key, word: 'identified' });
}

/** Takes an external id off a record. Throws 404 `external_id_not_found`. */
export async function unidentify(
  ctx: Context,
  type: ObjectType,
  { id, key }: { id: string; key: ExternalKeyInput },
): Promise<void> {
  const holder = await identifiedBy(ctx, type, key);
  if (holder?.id !== id) throw new AppError('external_id_not_found', 404, 'The record has no such external id.');
  await rowsOf(
    ctx,
    SQL`delete from external_ids where object = ${type.object} and system = ${key.system} and external_id = ${key.id}`,
  );
  tell(ctx, type, { id, key, word: 'unidentified' });
}

type Word = 'identified' | 'unidentified';

function tell(ctx: Context, { object }: ObjectType, { id, key, word }: { id: string; key: ExternalKeyInput; word: Word }): void {
  const type = `${object as Customisable}.${word}` as const; // each object that has external ids has custom fields too
  const data = { [`${object}Id`]: id, system: key.system, externalId: key.id };
  emit(ctx, type, data as EventData<typeof type>); // the one shape that all of these events have, whatever their object
}
