import type { RawBuilder } from 'kysely';
import { type Context, sql } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { editables } from '../editing/editable.ts';
import { filterSql } from '../filters.ts';
import { visible } from '../identity/permissions.ts';
import { speaksOfCustom } from '../objects.ts';
import { inBody } from '../places.ts';

/** Which records a bulk edit is about: those of a filter, or those named. */
export interface Choice {
  filter?: Record<string, unknown> | null | undefined;
  ids?: readonly string[] | null | undefined;
}

/** SQL for the ids of the live records that are chosen and that the actor sees. Throws 400 for a filter that cannot be understood. */
export async function matching(ctx: Context, object: Customisable, { filter, ids }: Choice): Promise<RawBuilder<unknown>> {
  const { type } = editables[object];
  const custom = speaksOfCustom(JSON.stringify(filter ?? {})) ? await ctx.ports.customFields.current(await sql(ctx)) : undefined;
  const chosen = ids ? SQL`id = any(${ids}::uuid[])` : filterSql(ctx, type, { filter, place: inBody, custom });
  return SQL`select id from ${SQL.ref(type.table)} where ${SQL.raw(type.live)} and ${visible(ctx, object, type.table)} and ${chosen}`;
}
