import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { hiddenFields, visible } from '../identity/permissions.ts';
import type { Found } from './finding.ts';
import type { SearchedObject } from './search.schema.ts';
import { hitColumns, searched } from './searched.ts';

/** Rows whose likeness is looked at. */
const comparedAtMost = 200;

/**
 * Contacts, companies and deals that have every word in their name, or one that is a slip away: a letter too much, too few or another, or two
 * that changed places. Not for callers from whom fields of them are hidden.
 */
export async function nearMisses(ctx: Context, objects: readonly SearchedObject[], words: readonly string[]): Promise<Found[]> {
  const long = words.filter((word) => /^[\p{L}\p{M}]{4,}$/u.test(word));
  if (long.length === 0) return [];
  const parts = objects.flatMap((object) => {
    const { named, table, live, title } = searched[object];
    if (!named || hiddenFields(ctx.actor, object).size > 0) return [];
    const row = SQL.ref(table);
    const all = SQL.join(
      long.map((word) => SQL`slip_keys(search) && slip_keys(search_vector(${word}))`),
      SQL` and `,
    );
    const alike = long.map((word) => SQL`word_similarity(${word}, lower(${SQL.raw(title)}))`);
    return [
      SQL`(select ${SQL.lit(object)} as object, ${row}.id, ${SQL.join(alike, SQL` + `)} as score, ${SQL.raw(hitColumns(ctx, object))}
        from (with near as materialized (select * from ${row} where ${all} and ${SQL.raw(live)})
          select * from near as ${row} where ${visible(ctx, object, table)} limit ${SQL.raw(String(comparedAtMost))}) as ${row}
        where least(${SQL.join(alike)}) >= ${SQL.lit(leastLikeness)} order by score desc limit 5)`,
    ];
  });
  if (parts.length === 0) return [];
  return rowsOf<Found>(
    ctx,
    SQL<Found>`select * from (${SQL.join(parts, SQL` union all `)}) as near order by score desc, id limit 10`,
  );
}

/** Of words that share a key by chance, fewer letters stand together than in any slip of four. */
const leastLikeness = 0.2;
