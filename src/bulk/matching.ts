import type { RawBuilder } from 'kysely';
import type { Context } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { liveRows, tableOf } from '../fields/tables.ts';
import { visible } from '../identity/permissions.ts';

/** SQL for the ids of the live records that are chosen and that the actor sees. */
export function matching(ctx: Context, object: Customisable, ids: readonly string[]): RawBuilder<{ id: string }> {
  const table = tableOf[object];
  return SQL`select id from ${SQL.ref(table)} where ${SQL.raw(liveRows(object))} and ${visible(ctx, object, table)} and id = any(${ids}::uuid[])`;
}
