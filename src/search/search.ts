import type { Context } from '../context.ts';
import { reachOf } from '../identity/permissions.ts';
import { typed } from '../matching.ts';
import { type Found, find } from './finding.ts';
import { excerpt, rangesOf } from './highlight.rules.ts';
import { nearMisses } from './near-misses.ts';
import { sample } from './sampling.ts';
import { type Hit, type SearchRequest, searchedObjects } from './search.schema.ts';

/** With fewer hits than this, words that are spelt nearly so are looked for too. */
const enough = 3;
const snippetLength = 160;

/** The best hits over everything the caller may see: whole words first, then by rank; near misses when there is little else. */
export async function search(ctx: Context, request: SearchRequest): Promise<{ data: Hit[] }> {
  const { limit } = request;
  const asked = typed(request.q);
  // Files have no permission of their own: they follow their records.
  const objects = (request.objects ?? searchedObjects).filter(
    (object) => object === 'file' || reachOf(ctx.actor, object, 'read') !== 'none',
  );
  if (asked === null || objects.length === 0) return { data: [] };
  const rows = await find(ctx, { asked, limit, samples: await sample(ctx, objects, { asked, limit }) });
  const data = rows.map((row) => hitOf(row, asked.words, false));
  if (rows.length >= enough) return { data };
  const known = new Set(rows.map((row) => row.id));
  const near = (await nearMisses(ctx, objects, asked.words)).filter((row) => !known.has(row.id));
  return { data: [...data, ...near.map((row) => hitOf(row, asked.words, true))].slice(0, limit) };
}

function hitOf({ body, ...row }: Found, words: readonly string[], near: boolean): Hit {
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
