import { type Context, rowOf, rowsOf } from './context.ts';
import { SQL } from './database.ts';
import { conflict } from './errors.ts';
import { type ObjectName, owned, reachable, visible } from './identity/permissions.ts';
import { instantOf } from './wire.ts';

/** Names of records that are unique among the live ones, each a row of a table of its own: addresses of contacts. */
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
  /** Code and message of a refusal, and the field it is told of. */
  taken: { code: string; message: string; pointer: string };
}

/** Throws 409 that names who holds the name, as far as the actor may know. */
export async function refuseName(ctx: Context, names: HeldNames, normal: string): Promise<never> {
  const existing = await rowOf<{ id: string; name: string }>(
    ctx,
    SQL`select ${SQL.raw(`${names.records}.id, ${names.title}`)} as name
        from ${SQL.ref(names.table)} held join ${SQL.ref(names.records)} on ${SQL.ref(`${names.records}.id`)} = held.${SQL.ref(names.holder)}
        where held.${SQL.ref(names.normal)} = ${normal} and held.active and ${visible(ctx, names.object, names.records)}`,
  );
  const { code, message, pointer } = names.taken;
  throw conflict(code, message, { errors: [{ pointer, code, message }], existing: existing ?? null });
}

/** Lets go of a record's names: they are free for others, and its own again when it comes back. */
export const releaseNames = (ctx: Context, { table, holder }: HeldNames, id: string): Promise<unknown> =>
  rowsOf(ctx, SQL`update ${SQL.ref(table)} set active = false where ${SQL.ref(holder)} = ${id}`);

/** Takes a record's names again. Throws 409 that names who has one meanwhile. */
export async function reclaimNames(ctx: Context, names: HeldNames, id: string): Promise<void> {
  const [table, holder, normal] = [SQL.ref(names.table), SQL.ref(names.holder), SQL.ref(names.normal)];
  const taken = await rowOf<{ name: string }>(
    ctx,
    SQL`select mine.${normal} as name from ${table} mine join ${table} other on other.${normal} = mine.${normal} and other.active
        where mine.${holder} = ${id} and not mine.active limit 1`,
  );
  if (taken !== undefined) await refuseName(ctx, names, taken.name);
  await rowsOf(ctx, SQL`update ${table} set active = true where ${holder} = ${id}`);
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

/** A record's JSON with what may be restored in its place. */
export const withRestorable = (json: string, record: Restorable | undefined): string =>
  record === undefined ? json : `${json.slice(0, -1)},"restorable":${JSON.stringify(record)}}`;
