import type { RawBuilder } from 'kysely';
import { type Context, rowsOf, rowsOfNamed } from './context.ts';
import { SQL } from './database.ts';
import { invalidField } from './errors.ts';
import { JsonText } from './json-text.ts';
import { defaultLimit, jsonOf, type WireColumns } from './wire.ts';

/** A column a list may be sorted on: never null, and served by an index together with the id. */
export interface Sort {
  expression: string;
  type: 'text' | 'timestamptz' | 'numeric' | 'bigint' | 'uuid';
  /** Which way it goes when the caller does not say `-`. */
  descending?: boolean;
}

/** What a list is made of. All texts are the code's own; values come as parameters of the `SQL` fragments. */
export interface ListQuery {
  /** Names the list's plans, for a list whose `from` and `where` are always the same texts; else it is planned each time. */
  name?: string;
  columns: WireColumns;
  from: RawBuilder<unknown>;
  /** Conditions of every such list. */
  where: RawBuilder<unknown>[];
  /** What this caller asked for besides; a list with any is planned each time. */
  filters?: RawBuilder<unknown>[];
  /** The id's expression, which breaks ties of the sort. */
  id: string;
  sorts: Record<string, Sort>;
  defaultSort: string;
}

/** What a caller says of a page. `sort` is a name of `sorts`, with `-` before it to turn it round. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
}

interface Page {
  data: string | null;
  more: boolean;
  key: string | null;
  id: string | null;
}

/**
 * One page as JSON made in Postgres: keyset on sort and id, never OFFSET, never COUNT. Throws 400 for an unknown sort or a cursor that
 * was not made here, or for another sort.
 */
export async function listOf(ctx: Context, page: PageRequest, query: ListQuery): Promise<JsonText> {
  const { filters = [] } = query;
  const order = orderOf(page.sort ?? query.defaultSort, query);
  const conditions = [...query.where, ...filters];
  if (page.cursor !== undefined) conditions.push(after(readCursor(ctx, page.cursor, order.name), order, query.id));
  const way = order.descending ? 'desc' : 'asc';
  const sorted = SQL.raw(`${order.sort.expression} ${way}, ${query.id} ${way}`);
  const { limit } = page;
  // Numbers, not parameters: with a parameter for a limit Postgres plans the statement anew each time, prepared or not.
  const [size, ahead] = [SQL.raw(String(limit)), SQL.raw(String(limit + 1))];
  const statement = SQL<Page>`select array_to_string((array_agg(json))[1:${size}], ',') as data, (array_agg(key))[${size}]::text as key,
      (array_agg(id))[${size}]::text as id, count(*) > ${size} as more
    from (select ${SQL.raw(jsonOf(query.columns))} as json, ${SQL.raw(query.id)} as id, ${SQL.raw(order.sort.expression)} as key
          from ${query.from} where ${SQL.join(conditions, SQL` and `)} order by ${sorted} limit ${ahead}) as page`;
  const planned = filters.length > 0 || query.name === undefined || limit !== defaultLimit;
  const rows = planned
    ? await rowsOf(ctx, statement)
    : await rowsOfNamed(ctx, `list_${query.name}_${order.name}${page.cursor === undefined ? '' : '_after'}`, statement);
  const [{ data, more, key, id }] = rows as [Page]; // an aggregate without group by gives one row
  const nextCursor = more && key !== null && id !== null ? JSON.stringify(makeCursor(ctx, order.name, { key, id })) : 'null';
  return new JsonText(`{"data":[${data ?? ''}],"nextCursor":${nextCursor}}`);
}

/** Where a page ended. */
interface End {
  key: string;
  id: string;
}

interface Order {
  name: string;
  sort: Sort;
  descending: boolean;
}

function orderOf(wanted: string, { sorts }: ListQuery): Order {
  const turned = wanted.startsWith('-');
  const name = turned ? wanted.slice(1) : wanted;
  const sort = Object.hasOwn(sorts, name) ? sorts[name] : undefined;
  if (sort === undefined) {
    throw invalidField(
      'query/sort',
      'unknown_sort',
      `sort must be one of ${Object.keys(sorts).join(', ')}, with - before it to turn it round.`,
    );
  }
  return { name: wanted, sort, descending: turned !== (sort.descending ?? false) };
}

function after(cursor: End, order: Order, id: string): RawBuilder<unknown> {
  const compare = SQL.raw(order.descending ? '<' : '>');
  return SQL`(${SQL.raw(order.sort.expression)}, ${SQL.raw(id)}) ${compare} (${cursor.key}::${SQL.raw(order.sort.type)}, ${cursor.id}::uuid)`;
}

/** Cursors are opaque: the last row's sort key and id, signed, so that nobody makes their own. */
function makeCursor(ctx: Context, name: string, row: End): string {
  const body = Buffer.from(JSON.stringify([name, row.key, row.id])).toString('base64url');
  return `${body}.${ctx.ports.secrets.sign('cursor', body).subarray(0, 12).toString('base64url')}`;
}

function readCursor(ctx: Context, cursor: string, name: string): End {
  const [body = '', signature = ''] = cursor.split('.');
  const expected = ctx.ports.secrets.sign('cursor', body).subarray(0, 12).toString('base64url');
  const [of, key, id] = signature === expected ? (JSON.parse(Buffer.from(body, 'base64url').toString()) as string[]) : [];
  if (of !== name || key === undefined || id === undefined) {
    throw invalidField(
      'query/cursor',
      'invalid_cursor',
      'cursor must be a nextCursor of this list with the same sort; start again without it.',
    );
  }
  return { key, id };
}

/** A condition that a folded search text holds every word of `q`; served by the column's trigram index. */
export function contains(column: string, q: string): RawBuilder<unknown> {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
  if (words.length === 0) return SQL`true`;
  return SQL.join(
    words.map((word) => SQL`${SQL.raw(column)} like ${`%${word.replace(/[\\%_]/g, '\\$&')}%`}`),
    SQL` and `,
  );
}
