import { type Context, rowsOf, sql } from './context.ts';
import { SQL } from './database.ts';
import { AppError, conflict, invalidField } from './errors.ts';
import { holdExternalId, holdMatch, identifiedBy } from './external-ids.ts';
import { filterSql } from './filters.ts';
import { hiddenFields, visible } from './identity/permissions.ts';
import type { MatchInput } from './match.schema.ts';
import { customField, type ObjectType } from './objects.ts';
import type { Place } from './places.ts';

/** What a record is told by, and the pointer of where that stands. */
export interface Matching {
  match: MatchInput;
  pointer: string;
  /** Hold the match until the end of the transaction: whoever means to make the record when there is none. */
  hold?: boolean;
  /** Say so when the external id is a deleted record's; else there is none. */
  deletedIsGone?: boolean;
}

/**
 * The id of the one live record that the caller sees and that has what `match` says; undefined when there is none. Throws 409
 * `several_match`, which lists them, 410 `<object>_deleted` where that is asked for, 400 `unknown_match` and `invalid_match`.
 */
export async function findMatch(ctx: Context, type: ObjectType, matching: Matching): Promise<string | undefined> {
  const { match, hold, deletedIsGone } = matching;
  if (match.externalId !== undefined) {
    if (hold) await holdExternalId(ctx, type.object, match.externalId);
    const found = await identifiedBy(ctx, type, match.externalId);
    if (!found?.seen) return undefined;
    if (found.deleted && deletedIsGone) throw gone(type, found.id);
    return found.deleted ? undefined : found.id;
  }
  const { key, condition } = await conditionOf(ctx, type, matching);
  if (hold) await holdMatch(ctx, type.object, key);
  const hits = await rowsOf<{ id: string; name: string | null }>(
    ctx,
    SQL`select ${SQL.ref(`${type.table}.id`)} as id, ${nameOf(ctx, type)} as name from ${SQL.ref(type.table)}
        where ${condition} and ${SQL.raw(type.live)} and ${visible(ctx, type.object, type.table)}
        order by 1 limit ${SQL.lit(listedAtMost + 1)}`,
  );
  if (hits.length > 1) throw several(hits, matching.pointer);
  return hits[0]?.id;
}

const listedAtMost = 20;

/** 410: the record is deleted; it names the record, so that it can be restored. */
export const gone = ({ object }: ObjectType, id: string): AppError =>
  new AppError(`${object}_deleted`, 410, `The ${object} is deleted; restore it to go on with it.`, { id });

function several(hits: { id: string; name: string | null }[], pointer: string): AppError {
  const message = 'Several records match; name one by its id.';
  return conflict('several_match', message, {
    errors: [{ pointer, code: 'several_match', message }],
    matches: hits.slice(0, listedAtMost),
  });
}

function nameOf(ctx: Context, { object, table }: ObjectType) {
  const column = { contact: 'full_name', company: 'name', deal: 'name', task: 'title' }[object as string];
  const hidden = hiddenFields(ctx.actor, object);
  return column === undefined || ['name', 'title', 'firstName', 'lastName'].some((field) => hidden.has(field))
    ? SQL`null::text`
    : SQL.ref(`${table}.${column}`);
}

/** The condition of a match, and the text that stands for it among the matches of its object. */
async function conditionOf(ctx: Context, type: ObjectType, { match: { customFields, ...match }, pointer }: Matching) {
  const [custom] = Object.entries(customFields ?? {});
  if (custom !== undefined) return customCondition(ctx, type, { custom, pointer });
  const [name = '', value] = Object.entries(match).find(([, one]) => one !== undefined) ?? [];
  const key = hiddenFields(ctx.actor, type.object).has(name) ? undefined : type.match?.[name];
  if (key === undefined) throw unknownMatch(type, `${pointer}/${name}`);
  const normal = key.normal(String(value));
  if (normal === null) {
    const message = name === 'phone' ? 'phone must be a number with its country, such as +43 1 2345' : `${name} cannot be one`;
    throw invalidField(`${pointer}/${name}`, 'invalid_match', message);
  }
  return { key: `${name} ${normal}`, condition: key.having(normal) };
}

async function customCondition(
  ctx: Context,
  type: ObjectType,
  { custom: [name, value], pointer }: { custom: [string, string | number]; pointer: string },
) {
  const custom = await ctx.ports.customFields.current(await sql(ctx));
  const at = `${pointer}/customFields/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const field = customField({ ctx, custom }, type, `customFields.${name}`);
  const unique = [...(custom.of[type.object as keyof typeof custom.of]?.values() ?? [])].some(
    (one) => one.name === name && one.unique,
  );
  if (field === undefined || !unique) throw unknownMatch(type, at);
  const place: Place = { of: () => at, filter: () => at };
  return {
    key: JSON.stringify([name, value]),
    condition: filterSql(ctx, type, { filter: { [`customFields.${name}`]: value }, place, custom }),
  };
}

const unknownMatch = ({ object, match = {} }: ObjectType, pointer: string): AppError =>
  invalidField(
    pointer,
    'unknown_match',
    `A ${object} is told by ${[...Object.keys(match), 'externalId'].join(', ')}, or a unique custom field.`,
  );

/** The values of a new record, with what it was looked for by where they do not say otherwise. */
export function withMatch(
  values: Record<string, unknown>,
  { externalId: _, customFields, ...own }: MatchInput,
): Record<string, unknown> {
  if (customFields === undefined) return { ...own, ...values };
  return { ...values, customFields: { ...customFields, ...(values.customFields as object | undefined) } };
}
