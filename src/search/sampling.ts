import { type Context, rowsOf, rowsOfNamed } from '../context.ts';
import { SQL } from '../database.ts';
import { begunCounts, newestAtMost, newestOf, type Typed, tsquery } from '../matching.ts';
import { type SearchedObject, searchedObjects } from './search.schema.ts';
import { says, searched, seen } from './searched.ts';

/** What the newest rows of an object say of a query. */
export interface Sample {
  object: SearchedObject;
  /** Those of them that the caller may find by it, best first, with their ranks. */
  ids: string[];
  ranks: number[];
  /** How many of these have whole words. */
  wholes: number;
  /** How many of the newest rows have each beginning that is looked for. */
  begun: number[];
  /** Whether there are no others than these. */
  all: boolean;
}

/**
 * Looks for a query in the newest rows of each object, `limit` of which are wanted. An index gives all rows of a word at once: of one that many
 * rows have, enough are among the newest, and the index need not be asked.
 */
export function sample(
  ctx: Context,
  objects: readonly SearchedObject[],
  { asked, limit }: { asked: Typed; limit: number },
): Promise<Sample[]> {
  const samples = objects.map((object) => sampleOf(ctx, object, asked));
  const best = SQL`select * from unnest(found, found_ranks) as one (id, rank) order by rank desc, id desc limit ${limit}`;
  const statement = SQL<Sample>`select object, ids, ranks, wholes, begun, "all" from (${SQL.join(samples, SQL` union all `)}) as told,
      lateral (select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(rank), '{}') as ranks from (${best}) as best) as sorted`;
  return isOfEverything(objects) ? rowsOfNamed(ctx, 'search', statement) : rowsOf(ctx, statement);
}

/** Whether all that is searched is asked for: choices of objects make more texts than may have plans of their own. */
export const isOfEverything = (objects: readonly unknown[]): boolean => objects.length === searchedObjects.length;

/** The rows that are found come unsorted: an aggregate that sorts, sorts also those that are not. */
function sampleOf(ctx: Context, object: SearchedObject, asked: Typed) {
  const { table } = searched[object];
  // Without the offset the rank would be found anew for each aggregate.
  const rows = SQL`(select ${SQL.ref(`${table}.id`)}, ${SQL.ref(`${table}.search`)}, ${rankOf(ctx, object, asked)} as rank from ${newestOf(table)} offset 0) as newest`;
  return SQL`select ${SQL.lit(object)} as object, array_agg(id) filter (where rank is not null) as found,
      array_agg(rank) filter (where rank is not null) as found_ranks, count(*) filter (where rank >= 1)::int as wholes,
      ${begunCounts(asked, SQL.ref('search'))} as begun, count(*) < ${newestAtMost} as "all" from ${rows}`;
}

/** The rank of a row that the caller may find; of whole words it is 1 and more. Null for others. */
function rankOf(ctx: Context, object: SearchedObject, { wholes, prefixes }: Typed) {
  const vector = SQL.ref(`${searched[object].table}.search`);
  const rank = SQL`case when ${says(ctx, object, wholes)} then 1 + ts_rank(${vector}, ${tsquery(wholes)}) else ts_rank(${vector}, ${tsquery(prefixes)}) end`;
  return SQL`case when ${says(ctx, object, prefixes)} and ${seen(ctx, object)} then ${rank} end`;
}
