import { type Context, newId, rowOf, rowsOf } from './context.ts';
import { SQL } from './database.ts';
import { conflict, invalidField, notFound } from './errors.ts';
import { arranged, type Names, type NamesPatch } from './held-names.rules.ts';
import { type ObjectName, owned, reachable, visible } from './identity/permissions.ts';
import { instantOf } from './wire.ts';

/**
 * Names of records that are unique among the live ones, each a row of a table of its own: addresses of contacts, domains of companies. The
 * record has a copy of its primary one, and of the others.
 */
export interface HeldNames {
  object: ObjectName;
  /** Where the records are, and SQL of what a holder is called. */
  records: string;
  title: string;
  /** Where the names are: whose, as typed, and in the one form that is unique. */
  table: string;
  holder: string;
  typed: string;
  normal: string;
  /** The fields of the copies. */
  primary: string;
  others: string;
  /** The one form of a name; null for what cannot be one. */
  normalise(name: string): string | null;
  /** Codes and messages of refusals. */
  taken: { code: string; message: string };
  invalid: { code: string; message: string };
}

function namesAfter(names: HeldNames, now: Names, patch: NamesPatch): Names {
  const given = [
    [names.primary, patch.primary] as const,
    ...(patch.others ?? []).map((name, n) => [`${names.others}/${n}`, name] as const),
  ];
  const { code, message } = names.invalid;
  for (const [field, name] of given) if (name && names.normalise(name) === null) throw invalidField(`/${field}`, code, message);
  const form = (name: string): string => names.normalise(name) ?? name;
  const { primary, others } = arranged(now, patch, form);
  const kept = (name: string): string => (names.typed === names.normal ? form(name) : name);
  return { primary: primary === null ? null : kept(primary), others: others.map(kept) };
}

/** A patch of a record with all the names that it leaves it. Throws 400 for what cannot be a name, at the field that has it. */
export function withNames<Patch extends object>(names: HeldNames, record: object, patch: Patch): Patch {
  const [given, now] = [patch, record] as Record<string, unknown>[]; // fields by name, whose types the schemas and entities check
  const { primary, others } = names;
  if (given?.[primary] === undefined && given?.[others] === undefined) return patch;
  const before = { primary: now?.[primary] ?? null, others: now?.[others] ?? [] } as Names;
  const after = namesAfter(names, before, { primary: given[primary], others: given[others] } as NamesPatch);
  return { ...patch, [primary]: after.primary, [others]: after.others };
}

/**
 * Writes a record's names: these and no others. Throws 409 that names who has one; waits for a concurrent taker. Returns the id of a deleted
 * record that had one of them.
 */
export async function writeNames(ctx: Context, names: HeldNames, { id, ...its }: Names & { id: string }): Promise<string | null> {
  const rows = [its.primary, ...its.others].flatMap((name, n) =>
    name === null ? [] : [{ id: newId(), typed: name, normal: names.normalise(name) ?? name, main: n === 0 }],
  );
  const [table, holder, normal] = [SQL.ref(names.table), SQL.ref(names.holder), SQL.ref(names.normal)];
  const normals = rows.map((row) => row.normal);
  await rowsOf(ctx, SQL`delete from ${table} where ${holder} = ${id} and ${normal} <> all(${normals})`);
  if (rows.length === 0) return null;
  const alike = names.typed === names.normal;
  const columns = SQL.join(alike ? [normal] : [normal, SQL.ref(names.typed)]);
  const values = SQL.raw(alike ? 'normal' : 'normal, typed');
  const respelled = alike ? SQL`` : SQL`, ${SQL.ref(names.typed)} = excluded.${SQL.ref(names.typed)}`;
  const written = await rowOf<{ taken: string[]; freedBy: string | null }>(
    ctx,
    SQL`with given as (
          select * from json_to_recordset(${JSON.stringify(rows)}::json) as g (id uuid, typed text, normal text, main boolean)
        ), taken as (
          insert into ${table} as held (id, ${holder}, is_primary, ${columns})
          select id, ${id}, main, ${values} from given order by normal
          on conflict (${normal}) where active do update set is_primary = excluded.is_primary ${respelled}
            where held.${holder} = excluded.${holder}
          returning held.${normal} as name
        )
        select (select coalesce(array_agg(name), '{}') from taken) as taken,
          (select (array_agg(f.${holder} order by f.id desc))[1] from ${table} f join given on f.${normal} = given.normal where not f.active) as "freedBy"`,
  );
  const refused = normals.findIndex((one) => !written?.taken.includes(one));
  if (refused >= 0) {
    const pointer = refused === 0 ? `/${names.primary}` : `/${names.others}/${refused - 1}`;
    await refuseName(ctx, names, { normal: normals[refused] ?? '', pointer });
  }
  return written?.freedBy ?? null;
}

/** Throws 409 that names who holds the name, as far as the actor may know. */
export async function refuseName(
  ctx: Context,
  names: HeldNames,
  { normal, pointer }: { normal: string; pointer: string },
): Promise<never> {
  const existing = await rowOf<{ id: string; name: string }>(
    ctx,
    SQL`select ${SQL.raw(`${names.records}.id, ${names.title}`)} as name
        from ${SQL.ref(names.table)} held join ${SQL.ref(names.records)} on ${SQL.ref(`${names.records}.id`)} = held.${SQL.ref(names.holder)}
        where held.${SQL.ref(names.normal)} = ${normal} and held.active and ${visible(ctx, names.object, names.records)}`,
  );
  const { code, message } = names.taken;
  throw conflict(code, message, { errors: [{ pointer, code, message }], existing: existing ?? null });
}

/** Lets go of a record's names: they are free for others, and its own again when it comes back. */
export const releaseNames = (ctx: Context, { table, holder }: HeldNames, id: string): Promise<unknown> =>
  rowsOf(ctx, SQL`update ${SQL.ref(table)} set active = false where ${SQL.ref(holder)} = ${id}`);

/** Takes a record's names again. Throws 409 that names who has one meanwhile. */
export async function reclaimNames(ctx: Context, names: HeldNames, id: string): Promise<void> {
  const [table, holder, normal] = [SQL.ref(names.table), SQL.ref(names.holder), SQL.ref(names.normal)];
  const taken = await rowOf<{ normal: string; main: boolean }>(
    ctx,
    SQL`select mine.${normal} as normal, mine.is_primary as main
        from ${table} mine join ${table} other on other.${normal} = mine.${normal} and other.active
        where mine.${holder} = ${id} and not mine.active order by mine.is_primary desc limit 1`,
  );
  if (taken !== undefined) {
    const pointer = `/${taken.main ? names.primary : names.others}`;
    await refuseName(ctx, names, { normal: taken.normal, pointer });
  }
  await rowsOf(ctx, SQL`update ${table} set active = true where ${holder} = ${id}`);
}

/** A row of a name. */
export interface HeldName {
  id: string;
  name: string;
  primary: boolean;
  createdAt: string;
}

/** The names of a live record that the actor sees, the primary one first. Throws the record's 404. */
export async function namesOf(ctx: Context, names: HeldNames, id: string): Promise<HeldName[]> {
  const records = SQL.ref(names.records);
  const row = await rowOf<{ data: HeldName[] }>(
    ctx,
    SQL`select (select coalesce(json_agg(json_build_object('id', held.id, 'name', held.${SQL.ref(names.typed)}, 'primary', held.is_primary,
            'createdAt', ${SQL.raw(instantOf('held.created_at'))}) order by held.is_primary desc, held.id), '[]')
          from ${SQL.ref(names.table)} held where held.${SQL.ref(names.holder)} = ${records}.id) as data
        from ${records} where ${records}.id = ${id} and deleted_at is null and merged_into is null and ${visible(ctx, names.object, names.records)}`,
  );
  if (row === undefined) throw notFound(names.object);
  return row.data;
}

/** A deleted record whose name a new one has taken. */
export interface Restorable {
  id: string;
  name: string;
  deletedAt: string;
}

/** The deleted record of this id, if the actor may restore it. */
export const restorable = (ctx: Context, { object, records, title }: HeldNames, id: string): Promise<Restorable | undefined> =>
  rowOf<Restorable>(
    ctx,
    SQL`select ${SQL.raw(`${records}.id, ${title}`)} as name, ${SQL.raw(instantOf(`${records}.deleted_at`))} as "deletedAt"
        from ${SQL.ref(records)} where ${SQL.ref(`${records}.id`)} = ${id} and deleted_at is not null and merged_into is null
          and ${visible(ctx, object, records)} and ${reachable(ctx, { object, verb: 'delete' }, `${records}.${owned[object]?.owner}`)}`,
  );

/** The deleted record that had a name which this one has, if the actor may restore it. */
export async function restorableFor(ctx: Context, names: HeldNames, id: string): Promise<Restorable | undefined> {
  const [table, holder, normal] = [SQL.ref(names.table), SQL.ref(names.holder), SQL.ref(names.normal)];
  const gone = await rowOf<{ id: string }>(
    ctx,
    SQL`select gone.${holder} as id from ${table} mine join ${table} gone on gone.${normal} = mine.${normal} and not gone.active
        where mine.${holder} = ${id} and mine.active order by gone.id desc limit 1`,
  );
  return gone && restorable(ctx, names, gone.id);
}

/** A record's JSON with what may be restored in its place. */
export const withRestorable = (json: string, record: Restorable | undefined): string =>
  record === undefined ? json : `${json.slice(0, -1)},"restorable":${JSON.stringify(record)}}`;
