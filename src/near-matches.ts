import type { RawBuilder } from 'kysely';
import { type Context, rowOf, rowsOfNamed } from './context.ts';
import { SQL } from './database.ts';
import { hiddenFields, visible } from './identity/permissions.ts';
import type { ObjectType } from './objects.ts';
import { jsonAs, liveAs } from './show.ts';

/** Objects whose records may be about the same person or company without anything unique saying so. */
export type Doubled = 'contact' | 'company';

/**
 * What records have in common when they may be the same: a row per key with its reason and how much it tells, of 1. Names are compared
 * without case, accents and order of their words; addresses by the domain of a company that has one of its own.
 */
const keysOf: Readonly<Record<Doubled, (ids: readonly string[]) => RawBuilder<unknown>>> = {
  contact: (ids) => SQL`
    select c.id, k.reason, k.tells, hashtextextended('contact ' || k.reason || ' ' || k.key, 0) as key
    from contacts c
      cross join lateral (select nullif(name_key(c.full_name), '') as name, nullif(name_key(c.last_name), '') as last,
        left(name_key(c.first_name), 1) as initial, split_part(lower(c.email), '@', 2) as domain) n
      left join company_domains own on own.domain = n.domain and own.active
      cross join lateral (values
        ('same_phone', 0.6, c.phone_normal),
        ('same_phone', 0.6, c.mobile_normal),
        ('same_name_and_company', 0.9, n.name || ' ' || coalesce(c.company_id, own.company_id)),
        ('same_initial_and_company', 0.4, n.last || ' ' || n.initial || ' ' || coalesce(c.company_id, own.company_id))
      ) k (reason, tells, key)
    where c.id = any(${ids}) and c.deleted_at is null and c.merged_into is null and k.key is not null`,
  company: (ids) => SQL`
    select c.id, k.reason, k.tells, hashtextextended('company ' || k.reason || ' ' || k.key, 0) as key
    from companies c
      cross join lateral (select regexp_replace(c.phone, '[^0-9]', '', 'g') as digits,
        coalesce(c.domain, substring(lower(c.website) from '^(?:[a-z]+://)?(?:www\\.)?([^/:?#]+)')) as host,
        nullif(array_to_string(array(select word from unnest(string_to_array(name_key(c.name), ' ')) word
          where word <> all (${legalForms}) order by word), ' '), '') as name) n
      cross join lateral (values
        ('same_name', 0.8, coalesce(n.name, nullif(name_key(c.name), ''))),
        ('same_phone', 0.6, case when length(n.digits) >= 7 then right(n.digits, 9) end),
        ('same_domain_name', 0.5, substring(n.host from '([^.]{3,})(?:\\.(?:co|com|org|net|ac|gov|edu))?\\.[a-z]+$'))
      ) k (reason, tells, key)
    where c.id = any(${ids}) and c.deleted_at is null and c.merged_into is null and k.key is not null`,
};

/** Of which fields each reason tells. */
const fieldsOfReasons: Readonly<Record<Doubled, Readonly<Record<string, readonly string[]>>>> = {
  contact: {
    same_phone: ['phone', 'mobile'],
    same_name_and_company: ['name', 'companyId', 'email'],
    same_initial_and_company: ['name', 'companyId', 'email'],
  },
  company: { same_name: ['name'], same_phone: ['phone'], same_domain_name: ['domain', 'website'] },
};

/** The condition that none of these reasons tells of a field that is hidden from the actor. `reasons` is SQL of an array of them. */
export function tellsOfShown({ actor }: Context, object: Doubled, reasons: string): RawBuilder<boolean> {
  const hidden = hiddenFields(actor, object);
  const telling = Object.entries(fieldsOfReasons[object]).filter(([, fields]) => fields.some((field) => hidden.has(field)));
  if (telling.length === 0) return SQL<boolean>`true`;
  return SQL<boolean>`not (${SQL.raw(reasons)} && ${telling.map(([reason]) => reason)}::text[])`;
}

/** Words that say what kind of company it is, and not which. */
const legalForms =
  `ag as bv co company corp corporation eg gmbh group holding inc incorporated kg kft limited llc llp ltd mbh nv ohg oy plc pty sa sarl se spa
   srl sro und and the`.split(/\s+/);

/** What is shared by more than these tells nothing: the number of a switchboard, a name that everybody has. */
const sharedAtMost = 20;

/** Brings the keys of records up to date, by which others find them. Records that are not there have none. */
export const refreshKeys = (ctx: Context, object: Doubled, ids: readonly string[]) =>
  rowsOfNamed(
    ctx,
    `${object}_duplicate_keys`,
    SQL`with wanted as (select distinct id, key from (${keysOf[object](ids)}) k), gone as (
          delete from duplicate_keys d where record_id = any(${ids})
            and not exists (select 1 from wanted where wanted.id = d.record_id and wanted.key = d.key)
        )
        insert into duplicate_keys (key, record_id) select key, id from wanted on conflict do nothing`,
  );

/**
 * SQL of the records that may be the same as these: `id`, `other_id`, `score` of 100, `reasons` with the strongest first. Without its offset,
 * each key would be looked up for what has it, and once more for how many do.
 */
export const nearMatches = (object: Doubled, ids: readonly string[]): RawBuilder<unknown> => SQL`
  select id, other_id, round(100 * (1 - exp(sum(ln(1 - tells)))))::int as score, array_agg(reason order by tells desc) as reasons
  from (
    select distinct k.id, other_id, k.reason, k.tells
    from (${keysOf[object](ids)}) k
      cross join lateral (select array(select d.record_id from duplicate_keys d
        where d.key = k.key and d.record_id <> k.id limit ${SQL.lit(sharedAtMost + 1)}) as others offset 0) found
      cross join lateral unnest(found.others) other_id
    where cardinality(found.others) <= ${SQL.lit(sharedAtMost)}
  ) hits group by id, other_id`;

/** The JSON of a record that was just written, with what may be the same, as far as the caller sees it, the likeliest first. */
export async function withPossibleDuplicates(
  ctx: Context,
  type: ObjectType,
  { id, json }: { id: string; json: string },
): Promise<string> {
  const row = await rowOf<{ found: string }>(
    ctx,
    SQL`select coalesce(json_agg(found), '[]')::text as found from (
          select near.score, near.reasons, ${jsonAs(ctx, type, 'other')} as record
          from (${nearMatches(type.object as Doubled, [id])}) near join ${SQL.ref(type.table)} other on other.id = near.other_id
          where ${liveAs(type, 'other')} and ${visible(ctx, type.object, 'other')}
            and ${tellsOfShown(ctx, type.object as Doubled, 'near.reasons')}
            and not exists (select 1 from duplicate_pairs p where p.dismissed_at is not null
              and p.one_id = least(near.id, near.other_id) and p.other_id = greatest(near.id, near.other_id))
          order by near.score desc, near.other_id limit 20) found`,
  );
  return `${json.slice(0, -1)},"possibleDuplicates":${row?.found ?? '[]'}}`;
}
