import type { RawBuilder } from 'kysely';
import { chosenRows, type TableRows } from './chosen-rows.ts';
import { type Context, rowOf, rowsOfNamed, rowsOfPlanned } from './context.ts';
import { type End, endOf, makeCursor } from './cursors.ts';
import { SQL } from './database.ts';
import { JsonText } from './json-text.ts';
import { headOf } from './log.ts';
import { after, isOf, type Key, type Order, orderBy, orderOf, type Sort } from './orders.ts';
import { amongOwners, askOwners, type Look, type Looked, newerOfOwners } from './owners-rows.ts';
import { inQuery, type Place } from './places.ts';
import { type KeptStatement, keptStatement, Slot, type Statement } from './plans.ts';
import { defaultLimit, jsonOf, type WireColumns } from './wire.ts';

/** What a list is made of. All texts are the code's own; values come as parameters of the `SQL` fragments. */
export interface ListQuery {
  /** Names the list's plans, for a list whose `from` and `where` are always the same texts; else it is planned each time. */
  name?: string | undefined;
  columns: WireColumns | RawBuilder<unknown>;
  from: RawBuilder<unknown>;
  /** A list merged of several selects, each read in the list's order and no further than the page needs. Their rows are `entries`; `from` joins to them. */
  sources?: readonly RawBuilder<unknown>[];
  /** Conditions of every such list. */
  where: RawBuilder<unknown>[];
  /** What this caller asked for besides; a list with any is planned each time. */
  filters?: RawBuilder<unknown>[];
  /** Of a list that is of one table: the table, to which alone all conditions and sorts are, and the joins. */
  rows?: TableRows;
  /** The id's expression, which breaks ties of the sort. */
  id: string;
  sorts: Readonly<Record<string, Sort>>;
  defaultSort: string;
  /** Whether all rows are the caller's to see, so that their number may be estimated; else it is counted. */
  estimated?: boolean;
  /** Where the caller's question stands; a query string unless told. */
  place?: Place;
  /** Of a question that is asked again as this very object: its pages as SQL, by what they come behind. */
  kept?: Map<string, KeptStatement<Row>>;
}

/** What a caller says of a page. `sort` has names of `sorts`, comma-separated, with `-` before one to turn it round. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
  count?: 'exact' | 'estimate' | undefined;
}

type Row = Looked & { data: string | null; id: string | null } & Record<`k${number}`, string | null>;

/**
 * One page as JSON made in Postgres: keyset on the sort and the id, never OFFSET, COUNT only when asked. Throws 400 for an unknown sort or a
 * cursor that was not made here, or for another sort.
 */
export async function listOf(ctx: Context, page: PageRequest, query: ListQuery): Promise<JsonText> {
  const { filters = [] } = query;
  const order = orderOf(page.sort ?? query.defaultSort, query);
  // Whoever mirrors a list goes on from here in the log: what the read shows that is newer comes once more, and nothing is left out.
  const asOf = order.keys.length === 0 ? await headOf(ctx.reads) : undefined;
  const named = filters.length === 0 && query.name !== undefined && page.limit === defaultLimit;
  const end = endOf(ctx, page.cursor, {
    sort: order.name,
    keys: order.keys.length,
    place: query.place ?? inQuery,
    unseen: named,
  });
  const name = `list_${query.name}_${order.name}${page.cursor === undefined ? '' : '_after'}`;
  const ask = async (look?: Look): Promise<Row> => {
    const make = (from: End | undefined) => pageSql(query, { order, limit: page.limit, end: from, look: look ?? {} });
    const statement = look === undefined && query.kept !== undefined ? keptPage(query.kept, end, make) : make(end);
    const rows = named ? await rowsOfNamed(ctx, name, statement) : await rowsOfPlanned(ctx, statement);
    return rows[0] as Row; // an aggregate without group by gives one row
  };
  const owners = ownersOf(query, order)?.owners;
  const newest = named && end === undefined && order.keys[0]?.descending === true ? `${name} ${ctx.actor.userId}` : undefined;
  const wanted = page.limit + 1;
  const row = owners === undefined ? await ask() : await askOwners(ask, { owners, wanted, newest, now: ctx.now });
  const next = row.more
    ? JSON.stringify(makeCursor(ctx, { sort: order.name, values: valuesOf(order, row), id: row.id }))
    : 'null';
  const count = page.count === undefined ? '' : `,"count":${await countOf(ctx, query, page.count)}`;
  const position = asOf === undefined ? '' : `,"asOf":"${asOf}"`;
  return new JsonText(`{"data":[${dataOf(row)}],"nextCursor":${next}${count}${position}}`);
}

/** A page's statement, made once for all that come behind a row with the same of its values empty. */
function keptPage(
  kept: Map<string, KeptStatement<Row>>,
  end: End | undefined,
  make: (end: End | undefined) => RawBuilder<Row>,
): Statement<Row> {
  const shape = end === undefined ? 'first' : end.values.map((value) => (value === null ? 'empty' : 'filled')).join();
  let statement = kept.get(shape);
  if (statement === undefined) {
    const values = end?.values.map((value, index) => (value === null ? null : new Slot(index)));
    statement = keptStatement(make(end && values && { ...end, values, id: new Slot(values.length) }));
    kept.set(shape, statement);
  }
  return statement(end === undefined ? [] : [...end.values, end.id]);
}

const valuesOf = ({ keys }: Order, row: Row): (string | null)[] => keys.map((_, index) => row[`k${index}`] ?? null);

/** Stands between the records of a page and in none of them: Postgres writes JSON without this. */
const between = SQL.raw(`E',\\n'`);

/** The page's records, without the one behind them that says that there are more. */
const dataOf = ({ data, more }: Row): string => (data === null ? '' : more ? data.slice(0, data.lastIndexOf(',\n')) : data);

interface Paging {
  order: Order;
  limit: number;
  end: End | undefined;
  look: Look;
}

/** The ways to the rows of few owners, where the order is that of their index. */
const ownersOf = ({ rows }: ListQuery, { keys }: Order) =>
  rows !== undefined && keys.length === 1 && keys[0]?.expression === `${rows.table}.created_at` ? rows.ways : undefined;

/**
 * The statement of a page. Rows whose first key is empty come last, and are a part of their own: each part is read in the order of an
 * index, and the second only when the first has not filled the page.
 */
function pageSql(query: ListQuery, { order, limit, end, look }: Paging): RawBuilder<Row> {
  const [size, ahead] = [SQL.raw(String(limit)), rowsAhead(limit)];
  const part = (keys: Key[], where: RawBuilder<unknown>[]) => partSql(query, { order, keys, where, limit, look });
  const [first, ...rest] = order.keys;
  let rows: RawBuilder<unknown>;
  // From the beginning upwards an index has the empty ones last by itself.
  if (first?.nullable !== true || (end === undefined && !first.descending))
    rows = part(order.keys, end === undefined ? [] : [after(query.id, order.keys, { order, end })]);
  else {
    const empty = SQL`${SQL.raw(first.expression)} is null`;
    const tail = end?.values[0] === null ? { ...end, values: end.values.slice(1) } : undefined;
    const without = part(rest, tail === undefined ? [empty] : [empty, after(query.id, rest, { order, end: tail })]);
    const filled = SQL`${SQL.raw(first.expression)} is not null`;
    const keys = [{ ...first, nullable: false }, ...rest];
    const head = end === undefined ? [filled] : [filled, after(query.id, keys, { order, end })];
    rows = tail === undefined ? SQL`(${part(keys, head)}) union all (${without}) limit ${ahead}` : without;
  }
  const lasts = order.keys.map((_, index) => SQL.raw(`(array_agg(k${index}))[${limit}]::text as k${index}`));
  const cut = look.each === undefined ? [] : [SQL`bool_or(nth = ${SQL.raw(String(look.each))}) as cut`];
  const since = ownersOf(query, order) === undefined ? [] : [SQL.raw(`(array_agg(k0))[${limit + 1}]::text as since`)];
  return SQL<Row>`select string_agg(json, ${between}) as data, count(*) > ${size} as more,
      ${SQL.join([...lasts, ...cut, ...since, SQL`(array_agg(id))[${size}]::text as id`])}
    from (${rows}) as page`;
}

/** One row more than the page holds, to know whether there are more; with a parameter it would be planned anew each time. */
const rowsAhead = (limit: number): RawBuilder<unknown> => SQL.raw(String(limit + 1));

interface Part {
  order: Order;
  keys: Key[];
  where: RawBuilder<unknown>[];
  limit: number;
  look: Look;
}

function partSql(query: ListQuery, { order, keys, where, limit, look }: Part): RawBuilder<unknown> {
  const ahead = rowsAhead(limit);
  const json = 'toOperationNode' in query.columns ? query.columns : SQL.raw(jsonOf(query.columns));
  const shown = order.keys.map(({ expression }, index) => SQL.raw(`${expression} as k${index}`));
  const conditions = [...query.where, ...(query.filters ?? []), ...where];
  const ordered = orderBy(keys, { id: query.id, descending: order.descending });
  const columns = SQL.join([SQL`(${json})::text as json`, SQL.raw(`${query.id} as id`), ...shown]);
  const { rows } = query;
  if (rows !== undefined && query.filters !== undefined && query.filters.length > 0 && !isOf(rows.within, order)) {
    const picked = SQL.raw([`${query.id} as id`, ...keys.map(({ expression }, index) => `${expression} as s${index}`)].join());
    const chosen = chosenRows(rows, {
      where: query.where,
      filters: query.filters,
      after: where,
      picked,
      ordered,
      ahead,
    });
    const again = orderBy(
      keys.map((key, index) => ({ ...key, expression: `chosen.s${index}` })),
      { id: 'chosen.id', descending: order.descending },
    );
    return SQL`with ${chosen} select ${columns} from (select * from chosen order by ${again} limit ${ahead}) as chosen
      join ${SQL.raw(rows.table)} on ${SQL.raw(query.id)} = chosen.id ${rows.joins} order by ${again}`;
  }
  const cut = SQL`where ${SQL.join(conditions, SQL` and `)} order by ${ordered} limit ${ahead}`;
  const ways = ownersOf(query, { ...order, keys });
  if (rows !== undefined && ways !== undefined) {
    const id = SQL.raw(query.id);
    const among = { ways, conditions: [rows.live, ...where] };
    if (look.since !== undefined) {
      const newer = newerOfOwners(rows.table, { ...among, since: look.since });
      return SQL`select ${columns} from (${newer}) as ${SQL.raw(rows.table)} ${rows.joins} order by ${ordered} limit ${ahead}`;
    }
    const lane = look.each === undefined ? ahead : SQL.raw(String(look.each));
    const first = amongOwners(rows.table, { ...among, id, ordered, ahead, each: lane });
    // Whoever's they are, the page itself is of what is visible.
    return SQL`select ${columns}, chosen.nth from (${first}) as chosen join ${SQL.raw(rows.table)} on ${id} = chosen.id ${rows.joins} ${cut}`;
  }
  const merged = query.sources?.map((source) => SQL`(select * from (${source}) as entries ${cut})`);
  const from = merged === undefined ? query.from : SQL`(${SQL.join(merged, SQL` union all `)}) as entries ${query.from}`;
  return SQL`select ${columns} from ${from} ${cut}`;
}

/** An estimate is made of what Postgres knows of all rows, so that it is only for whom all of them are. */
async function countOf(ctx: Context, query: ListQuery, how: 'exact' | 'estimate'): Promise<number> {
  // What is joined to show it, one at most, changes no count, and keeps Postgres from counting by an index.
  const matching = SQL`from ${query.rows === undefined ? query.from : SQL.ref(query.rows.table)} where ${SQL.join([...query.where, ...(query.filters ?? [])], SQL` and `)}`;
  if (how === 'exact' || query.estimated !== true)
    return (await rowOf<{ n: number }>(ctx, SQL`select count(*)::float8 as n ${matching}`))?.n ?? 0;
  const plan = await rowOf<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    ctx,
    SQL`explain (format json) select 1 ${matching}`,
  );
  return plan?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}
