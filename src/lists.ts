import type { RawBuilder } from 'kysely';
import { type Actor, aside, type Context, rowOf, rowsOf, rowsOfNamed } from './context.ts';
import type { CustomFields } from './custom-fields.ts';
import { SQL } from './database.ts';
import { invalidField, notFound } from './errors.ts';
import { asksForOne, asksOnly, type Filtering, filterSql, walkSql } from './filters.ts';
import { reachOf, seesAll, shareable, visible, waysTo } from './identity/permissions.ts';
import type { JsonText } from './json-text.ts';
import { matches } from './matching.ts';
import {
  customField,
  type Field,
  type Fields,
  isSortable,
  knownFields,
  type ObjectType,
  speaksOfCustom,
  sqlTypeOf,
} from './objects.ts';
import type { Sort } from './orders.ts';
import { type ListQuery, listOf } from './pages.ts';
import { inBody, inQuery, type Place } from './places.ts';
import { type KeptStatement, keptStatement, Slot } from './plans.ts';
import { type Selection, show } from './show.ts';
import type { ListRequest } from './wire.ts';

/** A page of an object's records that the caller may see, as a query string asks for it. Throws 400 naming what it does not understand. */
export const listRecords = (ctx: Context, type: ObjectType, request: ListRequest): Promise<JsonText> =>
  pageOfRecords(ctx, type, { request, place: inQuery });

/** The same, as a body asks for it. */
export const searchRecords = (ctx: Context, type: ObjectType, request: ListRequest): Promise<JsonText> =>
  pageOfRecords(ctx, type, { request, place: inBody });

interface Asked {
  request: ListRequest;
  place: Place;
}

interface Kept {
  /** Deleted records are of another type that goes by the same name. */
  type: ObjectType;
  query: ListQuery;
  /** Until when it is asked like this: which way is the best changes with what is there. */
  until: number;
}

/**
 * What actors ask, as SQL: to make it anew for each page took a tenth of the process's time. It goes with the actor, who is made anew when
 * anything changes of what they may see.
 */
let questions = new WeakMap<Actor, Map<string, Kept>>();
const room = { left: 500 };
const longestKept = 2_000;
const keptMs = 60_000;

async function pageOfRecords(ctx: Context, type: ObjectType, { request, place }: Asked): Promise<JsonText> {
  const { cursor: _, count: __, ...question } = request;
  const text = `${place.of(type.object)} ${JSON.stringify(question)}`;
  const before = questions.get(ctx.actor)?.get(text);
  if (before?.type === type && ctx.now.getTime() < before.until) return listOf(ctx, request, before.query);
  const custom = speaksOfCustom(text) ? await ctx.ports.customFields.current(await aside(ctx)) : undefined;
  const query = await queryOf(ctx, type, { request, place, custom });
  // Custom fields change beside the actor, and what a search looks for is made of what is there.
  if (custom !== undefined || request.q || text.length > longestKept) return listOf(ctx, request, query);
  const kept = { type, query: { ...query, kept: new Map() }, until: ctx.now.getTime() + keptMs };
  keep(ctx.actor, text, kept);
  return listOf(ctx, request, kept.query);
}

function keep(actor: Actor, text: string, kept: Kept): void {
  if (room.left === 0) {
    questions = new WeakMap();
    room.left = 500;
  }
  const theirs = questions.get(actor) ?? new Map<string, Kept>();
  if (!theirs.has(text)) room.left -= 1;
  questions.set(actor, theirs.set(text, kept));
}

/** A list as it is asked for, but for its page. */
async function queryOf(
  ctx: Context,
  type: ObjectType,
  { request, place, custom }: Asked & { custom: CustomFields | undefined },
): Promise<ListQuery> {
  const { filter, q } = request;
  const known = sortsOf(type, knownFields(ctx, type));
  const sorts =
    custom === undefined ? known : { ...known, ...sortsOf(type, customSorts(ctx, type, { sort: request.sort, custom })) };
  const { json, joins, from } = show(ctx, type, { ...request, place, also: sortedFields(sorts, request.sort) });
  const filters = [];
  const filtered = filter !== undefined && Object.keys(filter).length > 0;
  if (filtered) filters.push(filterSql(ctx, type, { filter, place, custom }));
  if (q && type.search === undefined) throw invalidField(place.of('q'), 'not_searchable', 'q is not for this list.');
  if (q && type.search !== undefined) filters.push(await matches(ctx, type, q));
  const live = SQL.raw(type.live);
  // A filter knows a narrower way of its own.
  const ways = filters.length === 0 && type.only === undefined ? waysTo(ctx, type.object, type.table) : undefined;
  const plain = request.fields === undefined && request.include === undefined && request.sort === undefined;
  return {
    name: plain ? `${type.table}_${reachOf(ctx.actor, type.object, 'read')}` : undefined,
    columns: json,
    from,
    where: [visible(ctx, type.object, type.table), live, ...(type.only === undefined ? [] : [type.only(ctx)])],
    filters,
    rows: {
      table: type.table,
      live,
      joins,
      searched: Boolean(q),
      walked: q ? filters : filtered ? await walkedBy(ctx, type, { filter, place, custom }) : undefined,
      ways,
      within: q ? [] : sortsWithin(ctx, type, filter),
    },
    id: `${type.table}.id`,
    place,
    sorts,
    defaultSort: type.defaultSort,
    estimated: [type.object, ...shareable].every((object) => seesAll(ctx.actor, object)),
  };
}

/** A filter as it is asked of rows that are met on the way, if it leads through related records and that is worth it now. */
async function walkedBy(ctx: Context, type: ObjectType, filtering: Filtering): Promise<RawBuilder<unknown>[] | undefined> {
  const walk = walkSql(ctx, type, filtering);
  if (walk === undefined) return undefined;
  const row = await rowOf(ctx, SQL<{ worth: boolean }>`select ${walk.worth} as worth`);
  return row?.worth ? [walk.condition] : undefined;
}

/** The sorts whose index has all that a list of these records depends on. */
function sortsWithin(ctx: Context, { object, only, narrowed, within = {} }: ObjectType, filter: unknown): string[] {
  if (only !== undefined || !seesAll(ctx.actor, object)) return [];
  const sorts = Object.keys(within).filter((sort) => asksForOne(filter, within[sort] ?? []));
  return narrowed !== undefined && asksOnly(filter, narrowed.by) ? [...sorts, ...narrowed.sorts] : sorts;
}

/** The custom fields that a sort names. */
function customSorts(
  ctx: Context,
  type: ObjectType,
  { sort = '', custom }: { sort: string | undefined; custom: CustomFields },
): Fields {
  const names = sort.split(',').map((name) => name.trim().replace(/^-/, ''));
  const found = names.map((name) => [name, customField({ ctx, custom }, type, name)] as const);
  return Object.fromEntries(found.flatMap(([name, field]) => (field === undefined ? [] : [[name, field]])));
}

interface FieldSort extends Sort {
  field: Field;
}

/** Sorts by the fields that they are of, which are the same for most callers. */
const made = new WeakMap<Fields, Record<string, FieldSort>>();

/** What an object's list may be sorted on. */
function sortsOf({ ties }: ObjectType, fields: Fields): Record<string, FieldSort> {
  const known = made.get(fields);
  if (known !== undefined) return known;
  const sorts: Record<string, FieldSort> = {};
  for (const [name, field] of Object.entries(fields)) {
    const { nullable, sorted, expression } = field;
    if (!isSortable(field) || name === 'id') continue;
    const tied = ties?.of.includes(name) ? ties.by : undefined;
    sorts[name] = { expression: sorted ?? expression, type: sqlTypeOf(field), nullable, ties: tied, field };
  }
  made.set(fields, sorts);
  return sorts;
}

const sortedFields = (sorts: Record<string, FieldSort>, sort = ''): Field[] =>
  sort.split(',').flatMap((name) => sorts[name.trim().replace(/^-/, '')]?.field ?? []);

/** Which record, and what of it. */
export interface Wanted {
  id: string;
  selection?: Selection | undefined;
}

/** The JSON of one live record the caller may see. Throws the object's 404, the same for missing and hidden. */
export async function readRecord(ctx: Context, type: ObjectType, { id, selection = {} }: Wanted): Promise<string> {
  const plain = selection.fields === undefined && selection.include === undefined;
  const name = `get_${type.object}_${reachOf(ctx.actor, type.object, 'read')}`;
  const [row] = plain
    ? await rowsOfNamed(ctx, name, wholeRecord(ctx, type)([id]))
    : await rowsOf(ctx, recordSql(ctx, type, { id, selection }));
  if (row === undefined) throw notFound(type.object);
  return row.json;
}

/** Gets of whole records as SQL, kept with the actor as what they ask of lists is. */
const gets = new WeakMap<Actor, Map<ObjectType, KeptStatement<{ json: string }>>>();

function wholeRecord(ctx: Context, type: ObjectType): KeptStatement<{ json: string }> {
  const before = gets.get(ctx.actor)?.get(type);
  if (before !== undefined) return before;
  const get = keptStatement(recordSql(ctx, type, { id: new Slot(0), selection: {} }));
  gets.set(ctx.actor, (gets.get(ctx.actor) ?? new Map()).set(type, get));
  return get;
}

function recordSql(
  ctx: Context,
  type: ObjectType,
  { id, selection }: { id: string | Slot; selection: Selection },
): RawBuilder<{ json: string }> {
  const { json, from } = show(ctx, type, { ...selection, place: inQuery });
  return SQL`select ${json}::text as json from ${from}
      where ${SQL.ref(`${type.table}.id`)} = ${id} and ${SQL.raw(type.live)} and ${visible(ctx, type.object, type.table)}`;
}

/** The JSON of those of these live records that the caller sees, by id. */
export async function readRecords(ctx: Context, type: ObjectType, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { json, from } = show(ctx, type, { place: inQuery });
  const id = SQL.ref(`${type.table}.id`);
  const rows = await rowsOf<{ id: string; json: string }>(
    ctx,
    SQL`select ${id} as id, ${json}::text as json from ${from}
        where ${id} = any(${ids}) and ${SQL.raw(type.live)} and ${visible(ctx, type.object, type.table)}`,
  );
  return new Map(rows.map((row) => [row.id, row.json]));
}
