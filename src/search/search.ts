import type { RawBuilder } from 'kysely';
import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { hiddenFields, reachOf, visible } from '../identity/permissions.ts';
import { type Typed, tsquery, typed } from '../matching.ts';
import { excerpt, rangesOf } from './highlight.rules.ts';
import { type Hit, type SearchedObject, type SearchRequest, searchedObjects } from './search.schema.ts';
import { findable, hitColumns, searched } from './searched.ts';

interface Row {
  object: SearchedObject;
  id: string;
  title: string;
  subtitle: string | null;
  body: string | null;
  contactId: string | null;
  companyId: string | null;
  dealId: string | null;
}

/** Rows that are ranked: of a word that more rows have, these many are looked at, those first that have it whole. */
const ranked = 200;
/** With fewer hits than this, words that are spelt nearly so are looked for too. */
const enough = 3;
const snippetLength = 160;

/** The best hits over everything the caller may see: whole words first, then by rank; near misses when there is little else. */
export async function search(ctx: Context, request: SearchRequest): Promise<{ data: Hit[] }> {
  const asked = typed(request.q);
  // Files have no permission of their own: they follow their records.
  const objects = (request.objects ?? searchedObjects).filter(
    (object) => object === 'file' || reachOf(ctx.actor, object, 'read') !== 'none',
  );
  if (asked === null || objects.length === 0) return { data: [] };
  const rows = await rowsOf<Row>(ctx, hits(ctx, objects, { asked, limit: request.limit }));
  const data = rows.map((row) => hitOf(row, asked.words, false));
  if (rows.length >= enough) return { data };
  const known = new Set(rows.map((row) => row.id));
  const near = await nearMisses(ctx, objects, asked.words);
  return { data: [...data, ...near.filter((hit) => !known.has(hit.id))].slice(0, request.limit) };
}

interface Asked {
  asked: Typed;
  limit: number;
}

function hits(ctx: Context, objects: readonly SearchedObject[], { asked, limit }: Asked): RawBuilder<Row> {
  const size = SQL.raw(String(limit));
  const parts = objects.map((object, order) => {
    const table = SQL.ref(searched[object].table);
    return SQL`(select ${SQL.lit(object)} as object, ${SQL.raw(String(order))} as place, id, score, ${SQL.raw('title, subtitle, body, "contactId", "companyId", "dealId"')}
      from (select ${table}.id, score, ${SQL.raw(hitColumns(ctx, object))}
        from (select id, max(score) as score from (${candidates(ctx, object, asked)}) as found group by id order by 2 desc, id desc limit ${size}) as best
        join ${table} on ${table}.id = best.id) as shown)`;
  });
  return SQL<Row>`select object, id, title, subtitle, body, "contactId", "companyId", "dealId"
    from (${SQL.join(parts, SQL` union all `)}) as hits order by score desc, place, id desc limit ${size}`;
}

function candidates(ctx: Context, object: SearchedObject, asked: Typed): RawBuilder<unknown> {
  const table = SQL.ref(searched[object].table);
  const most = SQL.raw(String(ranked));
  const of = (
    query: string,
    bonus: number,
  ) => SQL`(select ${table}.id, ${SQL.raw(String(bonus))} + ts_rank(${table}.search, ${tsquery(query)}) as score
    from ${table} where ${table}.search @@ ${tsquery(query)} and ${findable(ctx, object, query)} limit ${most})`;
  return SQL`${of(asked.wholes, 1)} union all ${of(asked.prefixes, 0)}`;
}

/** Contacts, companies and deals that have every word, or one spelt nearly so. Not for callers from whom fields of them are hidden. */
async function nearMisses(ctx: Context, objects: readonly SearchedObject[], words: readonly string[]): Promise<Hit[]> {
  const long = words.filter((word) => word.length >= 4 && /\p{L}/u.test(word));
  const parts = objects.flatMap((object) => {
    const { nearBy, table, live } = searched[object];
    if (nearBy === undefined || hiddenFields(ctx.actor, object).size > 0) return [];
    const text = SQL.raw(nearBy);
    const all = SQL.join(
      long.map((word) => SQL`${word} <% ${text}`),
      SQL` and `,
    );
    const score = SQL.join(
      long.map((word) => SQL`word_similarity(${word}, ${text})`),
      SQL` + `,
    );
    return [
      SQL`(select ${SQL.lit(object)} as object, ${SQL.ref(`${table}.id`)} as id, ${score} as score, ${SQL.raw(hitColumns(ctx, object))}
        from (select * from ${SQL.ref(table)} where ${all} and ${SQL.raw(live)} and ${visible(ctx, object, table)} limit ${SQL.raw(String(ranked))}) as ${SQL.ref(table)}
        order by score desc limit 5)`,
    ];
  });
  if (long.length === 0 || parts.length === 0) return [];
  const rows = await rowsOf<Row>(
    ctx,
    SQL<Row>`select * from (${SQL.join(parts, SQL` union all `)}) as near order by score desc, id limit 10`,
  );
  return rows.map((row) => hitOf(row, words, true));
}

function hitOf({ body, ...row }: Row, words: readonly string[], near: boolean): Hit {
  const snippet = body ? excerpt(body, words, snippetLength) : null;
  return {
    object: row.object,
    id: row.id,
    title: row.title,
    subtitle: row.subtitle,
    snippet,
    contactId: row.contactId,
    companyId: row.companyId,
    dealId: row.dealId,
    near,
    highlights: {
      title: rangesOf(row.title, words),
      subtitle: rangesOf(row.subtitle ?? '', words),
      snippet: rangesOf(snippet ?? '', words),
    },
  };
}
