import type { RawBuilder } from 'kysely';
import { SQL } from './database.ts';

/** The rows of a list that is of one table, and what is joined to them. */
export interface TableRows {
  table: string;
  /** Its condition of those that are there, which the indexes have that lists are sorted by. */
  live: RawBuilder<unknown>;
  joins: RawBuilder<unknown>;
  /** Whether the filters look for words: nobody knows how many rows have them. */
  searched: boolean;
}

/** Which rows of a table: those that hold to all conditions, of which `after` is what comes behind a cursor, first in this order. */
export interface Choice {
  conditions: RawBuilder<unknown>[];
  after: RawBuilder<unknown>[];
  ordered: RawBuilder<unknown>;
  ahead: RawBuilder<unknown>;
}

/**
 * Postgres takes a part of an index to cost its share of the whole, although a small part of it reads a page of the table for each row: it
 * would walk the order of a list for hundreds of rows where the filter's own index has them at once. It weighs rightly as if so many were wanted.
 */
const weighedAtMost = SQL.raw('1000');
/** Rows that are walked in the order of a list before the index of words is asked. */
const walkedAtMost = SQL.raw('4000');

/** The first rows of a filtered list, all columns, before anything is joined to them. */
export function chosenRows(
  { table, live, searched }: TableRows,
  { conditions, after, ordered, ahead }: Choice,
): RawBuilder<unknown> {
  const row = SQL.ref(table);
  const holding = (all: RawBuilder<unknown>[]) => SQL`select ${row}.* from ${row} where ${SQL.join(all, SQL` and `)}`;
  const first = (rows: RawBuilder<unknown>) => SQL`select * from (${rows}) as ${row} order by ${ordered} limit ${ahead}`;
  if (!searched) return first(SQL`${holding(conditions)} order by ${ordered} limit ${weighedAtMost}`);
  // Words that many rows have are soon met on the way; for others the way would be the whole table, and the index has few of them.
  const way = SQL`(${holding([live, ...after])} order by ${ordered} limit ${walkedAtMost}) as ${row}`;
  const walked = SQL`select * from ${way} where ${SQL.join(conditions, SQL` and `)} limit ${ahead}`;
  return SQL`with walked as materialized (${walked})
    select * from walked where (select count(*) from walked) >= ${ahead}
    union all select * from (${first(SQL`${holding(conditions)} offset 0`)}) as looked_up where (select count(*) from walked) < ${ahead}`;
}
