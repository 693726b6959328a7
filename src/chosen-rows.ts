import type { RawBuilder } from 'kysely';
import { SQL } from './database.ts';
import type { Ways } from './identity/permissions.ts';

/** The rows of a list that is of one table, and what is joined to them. */
export interface TableRows {
  table: string;
  /** Its condition of those that are there, which the indexes have that lists are sorted by. */
  live: RawBuilder<unknown>;
  joins: RawBuilder<unknown>;
  /** Whether the filters look for words: nobody knows how many rows have them. */
  searched: boolean;
  /** The filters as they are asked of rows that are met on the way; without them no row is. */
  walked?: readonly RawBuilder<unknown>[] | undefined;
  /** How to come to the rows of few owners, when the page is in the order of their index: by when they were made. */
  ways?: Ways | undefined;
  /** Sorts whose index has all that the filters ask for: their pages are read straight from it. */
  within?: readonly string[];
}

/** Which rows of a table: those that hold to all conditions, first in this order. */
export interface Choice {
  where: readonly RawBuilder<unknown>[];
  filters: readonly RawBuilder<unknown>[];
  /** What comes behind a cursor. */
  after: readonly RawBuilder<unknown>[];
  /** The row's id, and what it sorts by. */
  picked: RawBuilder<unknown>;
  ordered: RawBuilder<unknown>;
  ahead: RawBuilder<unknown>;
}

/**
 * Postgres thinks that rows of a filter lie evenly on the way in a list's order, and that a page of them is met soon: where they do not, it
 * walks the table for a page that the filter's own index has at once. It plans as if so many were wanted, and reads what the page needs.
 */
const weighedAs = SQL.raw('300');
/** Rows that are walked in the order of a list before they are looked up by what the filters ask. */
const walkedAtMost = SQL.raw('4000');

/**
 * Which rows are the first of a filtered list: what stands between `with` and a select of `chosen`. Only their ids and what they sort by, since
 * that is in the index of a filter for the usual ones, and only the page's rows are then read from the table. A select that says the order once
 * more sorts nothing: Postgres knows it of rows that come straight from there, from 17 on.
 */
export function chosenRows(
  { table, live, searched, walked }: TableRows,
  { where, filters, after, picked, ordered, ahead }: Choice,
): RawBuilder<unknown> {
  const row = SQL.raw(table);
  const all = SQL.join([...where, ...filters, ...after], SQL` and `);
  const weighed = SQL`select ${picked} from ${row} where ${all} order by ${ordered} limit greatest(${weighedAs}, ${ahead})`;
  // Materialized, or the plan is chosen for the limit outside, also from a select with a limit of its own; it is read no further than that.
  if (walked === undefined) return SQL`chosen as materialized (${weighed})`;
  // What many rows have is soon met on the way; for the rest the way would be the whole table, and an index has few of them.
  const found = SQL`(select ${row}.* from ${row} where ${all} offset 0) as ${row}`;
  const lookedUp = searched ? SQL`select ${picked} from ${found} order by ${ordered} limit ${ahead}` : weighed;
  const way = SQL`select ${row}.* from ${row} where ${SQL.join([live, ...after], SQL` and `)} order by ${ordered} limit ${walkedAtMost}`;
  const met = SQL.join([...where.filter((one) => one !== live), ...walked], SQL` and `); // said once more, it would be read from the table
  const first = SQL`select ${picked} from (${way}) as ${row} where ${met} order by ${ordered} limit ${ahead}`;
  return SQL`walked as materialized (${first}), looked_up as materialized (${lookedUp}), chosen as (
    select * from walked where (select count(*) from walked) >= ${ahead}
    union all (select * from looked_up where (select count(*) from walked) < ${ahead} limit ${ahead}))`;
}
