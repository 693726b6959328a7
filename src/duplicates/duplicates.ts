import type { RawBuilder } from 'kysely';
import { companyObject } from '../companies/company.object.ts';
import { contactObject } from '../contacts/contact.object.ts';
import { type Context, newId, rowOf, rowsOf, rowsOfNamed } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, notFound } from '../errors.ts';
import { requireReach, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { readRecord } from '../lists.ts';
import { type Doubled, nearMatches, tellsOfShown } from '../near-matches.ts';
import type { ObjectType } from '../objects.ts';
import { listOf } from '../pages.ts';
import { jsonAs, liveAs } from '../show.ts';
import type { DuplicatesRequest } from './duplicate.schema.ts';

const types: Readonly<Record<Doubled, ObjectType>> = { contact: contactObject, company: companyObject };

/** The condition that both records of a pair are there, and the caller sees both, and what they have in common. */
function bothSeen(ctx: Context, object: Doubled): RawBuilder<boolean> {
  const seen = (alias: string) => SQL<boolean>`${liveAs(types[object], alias)} and ${visible(ctx, object, alias)}`;
  return SQL<boolean>`${seen('one')} and ${seen('other')} and ${tellsOfShown(ctx, object, 'duplicate_pairs.reasons')}`;
}

const pairs = (object: Doubled) => {
  const table = SQL.ref(types[object].table);
  return SQL`duplicate_pairs join ${table} one on one.id = duplicate_pairs.one_id join ${table} other on other.id = duplicate_pairs.other_id`;
};

/** A page of pairs to review, the likeliest first: those of which the caller sees both records. */
export function listDuplicates(ctx: Context, { object, ...page }: DuplicatesRequest): Promise<JsonText> {
  const record = (alias: string) => jsonAs(ctx, types[object], alias);
  const created = `to_char(duplicate_pairs.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return listOf(ctx, page, {
    columns: SQL`json_build_object('id', duplicate_pairs.id, 'object', duplicate_pairs.object, 'score', duplicate_pairs.score,
      'reasons', duplicate_pairs.reasons, 'records', json_build_array(${record('one')}, ${record('other')}), 'createdAt', ${SQL.raw(created)})`,
    from: pairs(object),
    where: [SQL`duplicate_pairs.object = ${SQL.lit(object)}`, SQL`duplicate_pairs.dismissed_at is null`, bothSeen(ctx, object)],
    id: 'duplicate_pairs.id',
    sorts: {
      score: { expression: 'duplicate_pairs.score', type: 'int' },
      createdAt: { expression: 'duplicate_pairs.created_at', type: 'timestamptz' },
    },
    defaultSort: '-score',
  });
}

/** JSON of the records that may be the same as one, with the pairs' ids, the likeliest first. Throws the record's 404. */
export async function duplicatesOf(ctx: Context, object: Doubled, id: string): Promise<string> {
  const type = types[object];
  await readRecord(ctx, type, { id, selection: { fields: 'id' } });
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(found), '[]'), 'nextCursor', null)::text as json from (
          select p.id, p.score, p.reasons, ${jsonAs(ctx, type, 'other')} as record
          from duplicate_pairs p join ${SQL.ref(type.table)} other on other.id = case when p.one_id = ${id} then p.other_id else p.one_id end
          where (p.one_id = ${id} or p.other_id = ${id}) and p.dismissed_at is null
            and ${liveAs(type, 'other')} and ${visible(ctx, object, 'other')} and ${tellsOfShown(ctx, object, 'p.reasons')}
          order by p.score desc, p.id limit 200) found`,
  );
  return row?.json ?? '';
}

/**
 * Says that the two records of a pair are not the same; it does not come up again. For whoever sees both and may edit one of them. Throws
 * `duplicate_not_found`, `forbidden`.
 */
export async function dismissDuplicate(ctx: Context, id: string): Promise<void> {
  const pair = await rowOf<{ object: Doubled }>(ctx, SQL`select object from duplicate_pairs where id = ${id} for update`);
  const seen =
    pair &&
    (await rowOf<{ oneId: string; oneOwner: string | null; otherId: string; otherOwner: string | null; dismissed: boolean }>(
      ctx,
      SQL`select one.id as "oneId", one.owner_id as "oneOwner", other.id as "otherId", other.owner_id as "otherOwner",
            dismissed_at is not null as dismissed from ${pairs(pair.object)} where duplicate_pairs.id = ${id} and ${bothSeen(ctx, pair.object)}`,
    ));
  if (pair === undefined || seen === undefined) throw notFound('duplicate');
  const { object } = pair;
  await requireReach(ctx, { object, verb: 'edit' }, { id: seen.oneId, ownerId: seen.oneOwner }).catch(async (error: unknown) => {
    if (!(error instanceof AppError) || error.status !== 403) throw error;
    await requireReach(ctx, { object, verb: 'edit' }, { id: seen.otherId, ownerId: seen.otherOwner });
  });
  if (seen.dismissed) return;
  await rowsOf(
    ctx,
    SQL`update duplicate_pairs set dismissed_at = ${ctx.now}, dismissed_by = ${ctx.actor.userId} where id = ${id}`,
  );
  if (object === 'contact') emit(ctx, 'contact.duplicate_dismissed', { contactId: seen.oneId, pairId: id });
  else emit(ctx, 'company.duplicate_dismissed', { companyId: seen.oneId, pairId: id });
}

/** Those of these records that may have a duplicate, or had one. */
export const suspects = async (ctx: Context, object: Doubled, ids: readonly string[]): Promise<string[]> => {
  const rows = await rowsOfNamed<{ id: string }>(
    ctx,
    `${object}_suspects`,
    SQL`select id from (${nearMatches(object, ids)}) near
        union select one_id from duplicate_pairs where one_id = any(${ids})
        union select other_id from duplicate_pairs where other_id = any(${ids})`,
  );
  return rows.map(({ id }) => id);
};

/** Brings the pairs of a record up to date. What was dismissed stays so, until the record is purged. */
export async function reconcile(ctx: Context, object: Doubled, id: string): Promise<void> {
  const found = await rowsOfNamed<{ otherId: string; score: number; reasons: string[] }>(
    ctx,
    `${object}_near_matches`,
    SQL`select other_id as "otherId", score, reasons from (${nearMatches(object, [id])}) near`,
  );
  const rows = found.map(({ otherId, ...facts }) => ({ ...facts, id: newId(), one: min(id, otherId), other: max(id, otherId) }));
  await rowsOfNamed(
    ctx,
    `${object}_pairs_gone`,
    SQL`delete from duplicate_pairs where (one_id = ${id} or other_id = ${id})
          and (dismissed_at is null or not exists (select 1 from ${SQL.ref(types[object].table)} where id = ${id}))
          and (case when one_id = ${id} then other_id else one_id end) <> all (${found.map(({ otherId }) => otherId)}::uuid[])`,
  );
  if (rows.length === 0) return;
  await rowsOfNamed(
    ctx,
    'duplicate_pairs',
    SQL`insert into duplicate_pairs (id, object, one_id, other_id, score, reasons, created_at)
        select id, ${object}, one, other, score, reasons, ${ctx.now}
        from json_to_recordset(${JSON.stringify(rows)}::json) as r (id uuid, one uuid, other uuid, score int, reasons text[])
        on conflict (one_id, other_id) do update set score = excluded.score, reasons = excluded.reasons
          where (duplicate_pairs.score, duplicate_pairs.reasons) is distinct from (excluded.score, excluded.reasons)`,
  );
}

// UUIDs in their canonical form compare as texts as they do in Postgres.
const min = (a: string, b: string): string => (a < b ? a : b);
const max = (a: string, b: string): string => (a < b ? b : a);
