import type { RawBuilder } from 'kysely';
import type { Choice } from './chosen-rows.ts';
import { SQL } from './database.ts';
import type { Ways } from './identity/permissions.ts';

/** Which rows of few owners: those that hold to all conditions, first in the order of when they were made. */
interface OwnersChoice extends Pick<Choice, 'ordered' | 'ahead'> {
  conditions: readonly RawBuilder<unknown>[];
  id: RawBuilder<unknown>;
  ways: Ways;
  /** How many rows of each owner are looked at. */
  each: RawBuilder<unknown>;
}

/** What is shared with the caller and is none of these owners'. */
const othersOf = (table: string, { owner, ids, shared }: Ways): RawBuilder<unknown> =>
  SQL`${SQL.ref(`${table}.id`)} = any(${shared}) and coalesce(${SQL.ref(owner)} <> all(${ids}), true)`;

/**
 * The ids of the first rows of few owners: of each one's first by the index of owners, and of those that are shared. `nth` says which of its
 * owner's a row is: where one gave as many as they were asked for, they may have more. Nothing is asked for twice in it: to set up
 * what is never run takes Postgres as long as to run it.
 */
export function amongOwners(table: string, { ways, id, conditions, ordered, ahead, each }: OwnersChoice): RawBuilder<unknown> {
  const { owner, ids } = ways;
  const rows = SQL.ref(table);
  const first = (only: RawBuilder<unknown>, limit: RawBuilder<unknown>) =>
    SQL`select ${id}, ${SQL.ref(`${table}.created_at`)} from ${rows} where ${SQL.join([only, ...conditions], SQL` and `)}
        order by ${ordered} limit ${limit}`;
  return SQL`select id, nth from (
      select theirs.* from unnest(${ids}) as owners (id)
        cross join lateral (select *, row_number() over () as nth from (${first(SQL`${SQL.ref(owner)} = owners.id`, each)}) as first) as theirs
      union all (select *, 0 from (${first(othersOf(table, ways), ahead)}) as shared)) as ${rows} order by ${ordered} limit ${ahead}`;
}

/**
 * The rows, all columns, that the caller sees, in the two halves of what is visible, and that are no older than `since`. Where that is when
 * the last row of the page was made, these are the page, and to come by them takes half the time of a look at the first of each owner.
 */
export function newerOfOwners(
  table: string,
  { ways, conditions, since }: Pick<OwnersChoice, 'ways' | 'conditions'> & { since: string },
): RawBuilder<unknown> {
  const rows = SQL.ref(table);
  const made = SQL`${SQL.ref(`${table}.created_at`)} >= (select ${since}::timestamptz)`; // planned without looking at it
  const of = (only: RawBuilder<unknown>) =>
    SQL`select * from (select ${rows}.* from ${rows} where ${SQL.join([only, made, ...conditions], SQL` and `)} offset 0) as own`;
  return SQL`${of(ways.own)} union all ${of(othersOf(table, ways))}`;
}

/** Which rows of few owners are looked at: so many of each, where not a page of each; or those no older than that. */
export interface Look {
  each?: number | undefined;
  since?: string | undefined;
}

/** What an answer says of how it was come by. */
export interface Looked {
  more: boolean;
  /** Whether some owner may have more rows that belong to the page. */
  cut?: boolean;
  /** When the page's last row was made; null where it is not full. */
  since?: string | null;
}

/** A page of few owners' rows. */
interface OwnersPage {
  owners: readonly string[];
  /** How many rows it takes. */
  wanted: number;
  /** Names what is the page of the newest to the same caller; such a page is remembered for where it ended. */
  newest: string | undefined;
  now: Date;
}

/** When the last row was made of pages that were asked for in the last minute. */
const lately = new Map<string, { since: string; untilMs: number }>();
const latelyMs = 60_000;
const latelyAtMost = 1_000;

/** Asks in the way that is likely to be enough: by where the page ended lately, by a share of each owner's; then in the one that is sure to be. */
export async function askOwners<Row extends Looked>(
  ask: (look: Look) => Promise<Row>,
  { owners, wanted, newest, now }: OwnersPage,
): Promise<Row> {
  const page = newest === undefined ? undefined : `${newest} ${owners.join()}`;
  const known = page === undefined ? undefined : lately.get(page);
  let row = known !== undefined && known.untilMs > now.getTime() ? await ask({ since: known.since }) : undefined;
  if (!row?.more) row = await ask({ each: shareOf(wanted, owners.length) });
  if (row.cut) row = await ask({});
  if (page === undefined) return row;
  if (lately.size >= latelyAtMost) lately.clear();
  if (row.since) lately.set(page, { since: row.since, untilMs: now.getTime() + latelyMs });
  else lately.delete(page);
  return row;
}

/**
 * How many rows of each of so many owners are looked at for a page: three times their share of it, which it seldom needs more than; in steps,
 * so that the texts are few. Undefined where that is no less than to look at a page of each.
 */
function shareOf(wanted: number, owners: number): number | undefined {
  const share = 12 * Math.ceil((3 * wanted) / owners / 12);
  return share > wanted / 2 ? undefined : share;
}
