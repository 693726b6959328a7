import type { RawBuilder } from 'kysely';
import { type Context, rowsOf, rowsOfNamed } from '../context.ts';
import { SQL } from '../database.ts';
import { reachOf } from '../identity/permissions.ts';
import { selective, type Typed, tsquery } from '../matching.ts';
import { unseen } from '../plans.ts';
import { isOfEverything, type Sample } from './sampling.ts';
import { type SearchedObject, searchedObjects } from './search.schema.ts';
import { hitColumns, says, searched, seen } from './searched.ts';

/** A row that was found, with what a hit shows. */
export interface Found {
  object: SearchedObject;
  id: string;
  title: string;
  subtitle: string | null;
  body: string | null;
  contactId: string | null;
  companyId: string | null;
  dealId: string | null;
}

/** Rows that are ranked: of a word that more rows have, these many are looked at. */
const ranked = 200;

/** What is looked for, how many are wanted, and what the newest rows said of it. */
export interface Looking {
  asked: Typed;
  limit: number;
  samples: readonly Sample[];
}

/** The best rows of all objects: those that have the whole words first, then by rank. */
export function find(ctx: Context, { asked, limit, samples }: Looking): Promise<Found[]> {
  const size = unseen(limit, 'int');
  const parts = samples.map((of) => {
    const { object } = of;
    const table = SQL.ref(searched[object].table);
    return SQL`${SQL.ref(`of_${object}`)} as materialized (select ${SQL.lit(object)} as object, ${SQL.raw(String(searchedObjects.indexOf(object)))} as place, ${table}.id, rank, ${SQL.raw(hitColumns(ctx, object))}
        from (select id, max(rank) as rank from (${candidates(ctx, of, { asked, limit })}) as found group by id order by 2 desc, id desc limit ${size}) as best
        join ${table} on ${table}.id = best.id)`;
  });
  const all = samples.map(({ object }) => SQL`select * from ${SQL.ref(`of_${object}`)}`);
  // Postgres plans a union of what is not materialized as one, which takes longer by its square.
  const statement = SQL<Found>`with ${SQL.join(parts)} select object, id, title, subtitle, body, "contactId", "companyId", "dealId"
      from (${SQL.join(all, SQL` union all `)}) as hits order by rank desc, place, id desc limit ${size}`;
  // Where the caller's own rows are a way, it depends on how many they are.
  const alike = isOfEverything(samples) && !samples.some(({ object }) => narrowed(ctx, object));
  return alike ? rowsOfNamed(ctx, 'find', statement) : rowsOf(ctx, statement);
}

/** Rows with their rank: the newest, and what an index gives where these are not enough. Whole words count more than any rank. */
function candidates(
  ctx: Context,
  { object, ids, ranks, wholes, begun, all }: Sample,
  { asked, limit }: Omit<Looking, 'samples'>,
) {
  const row = SQL.ref(searched[object].table);
  const having = (query: string, { from, bonus, when }: { from: string; bonus: number; when: boolean }) =>
    SQL`(select ${row}.id, ${SQL.raw(String(bonus))} + ts_rank(${row}.search, ${tsquery(query)}) as rank
      from ${indexed(ctx, object, from)} as ${row} where ${unseen(when, 'boolean')} and ${says(ctx, object, query)} and ${seen(ctx, object)}
      limit ${SQL.raw(String(ranked))})`;
  const index = narrowed(ctx, object) ? asked.prefixes : selective(asked, begun);
  const more = ids.length < limit && asked.prefixes !== asked.wholes && index !== null;
  return SQL.join(
    [
      SQL`select * from unnest(${ids}::uuid[], ${ranks}::float8[]) as sampled (id, rank)`,
      having(asked.wholes, { from: asked.wholes, bonus: 1, when: !all && wholes < limit }),
      having(asked.prefixes, { from: index ?? asked.prefixes, bonus: 0, when: !all && more }),
    ],
    SQL` union all `,
  );
}

/** Whether the caller comes to few of the rows by their owners: then these are another way, and a common word is none too many. */
const narrowed = (ctx: Context, object: SearchedObject): boolean =>
  (object === 'contact' || object === 'company' || object === 'deal') && reachOf(ctx.actor, object, 'read') !== 'all';

/**
 * Rows that have the words, read as far as they are wanted. Postgres plans them as if all were: knowing of the limit it walks the whole
 * table for a rare word, whose number it cannot know.
 */
function indexed(ctx: Context, object: SearchedObject, query: string): RawBuilder<unknown> {
  const { table } = searched[object];
  const ways = narrowed(ctx, object) ? seen(ctx, object) : SQL`true`;
  return SQL`(with matching as materialized (select * from ${SQL.ref(table)} where search @@ ${tsquery(query)} and ${ways})
    select * from matching)`;
}
