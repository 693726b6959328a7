import type { Context } from './context.ts';
import type { Customisable } from './custom-fields.ts';
import { AppError, invalidField } from './errors.ts';
import { holdExternalId, identifiedBy, identify } from './external-ids.ts';
import type { MatchInput, UpsertQuery } from './match.schema.ts';
import { findMatch, withMatch } from './match.ts';
import type { ObjectType } from './objects.ts';
import type { Revision } from './records.ts';

type Values = Record<string, unknown>;

/** How records of one kind are made and edited by whoever does not know whether there is one yet. */
export interface Upsertable {
  type: ObjectType;
  /** Makes a record through the ordinary deed and returns its id. Throws 400 for an input that does not fit, and what the deed throws. */
  create(ctx: Context, input: unknown): Promise<string>;
  /** Edits through the ordinary deed. Throws 400 for a patch that does not fit, and what the deed throws. */
  edit(ctx: Context, revision: Revision, patch: unknown): Promise<void>;
}

/** What a record shall be, and what tells which it is. */
export interface Upsert {
  match: MatchInput;
  /** Where the match stands in the request. */
  pointer: string;
  values: Values;
  /** The version that the caller has read, if there is a record. */
  version?: number | undefined;
  /** Brings the record of an external id back when it is deleted; without it that is a 410. */
  restore?: Restore | undefined;
}

/** Brings a deleted record back. Throws what that throws. */
export type Restore = (ctx: Context, record: Revision & { object: Customisable }) => Promise<void>;

/** What became of an upsert. */
export interface Upserted {
  id: string;
  made: boolean;
}

/**
 * Edits the record that a match tells, or makes it. What it was found by stays as the record has it: an address may be its second one, or
 * be spelled otherwise. Of many at once for the same match one makes the record. Throws as `findMatch` and the deeds.
 */
export async function upsert(
  ctx: Context,
  kind: Upsertable,
  { match, pointer, values, version, restore }: Upsert,
): Promise<Upserted> {
  const restored = await restoreDeleted(ctx, kind.type, { match, version, restore });
  const found = await findMatch(ctx, kind.type, { match, pointer, hold: true, deletedIsGone: true });
  if (found !== undefined) {
    const told: Values = { ...match };
    const others = Object.entries(values).filter(([name, value]) => told[name] === undefined || told[name] !== value);
    await kind.edit(ctx, { id: found, version: restored ? undefined : version }, Object.fromEntries(others));
    return { id: found, made: false };
  }
  if (version !== undefined) throw new AppError('version_mismatch', 412, 'There is no such record of which you read a version.');
  const id = await kind.create(ctx, withMatch(values, match));
  if (match.externalId !== undefined) await identify(ctx, kind.type, { id, key: match.externalId });
  return { id, made: true };
}

/** Whether there was a deleted record of the external id to bring back, of which the caller had read that version. */
async function restoreDeleted(
  ctx: Context,
  type: ObjectType,
  { match: { externalId }, version, restore }: Pick<Upsert, 'match' | 'version' | 'restore'>,
): Promise<boolean> {
  if (restore === undefined || externalId === undefined) return false;
  await holdExternalId(ctx, type.object, externalId);
  const known = await identifiedBy(ctx, type, externalId);
  if (!known?.deleted || !known.seen) return false;
  await restore(ctx, { object: type.object as Customisable, id: known.id, version }); // each object with external ids is one
  return true;
}

/**
 * What `?match=` of a creation tells the record by: the value of one of the body's own fields, or the external id beside it; undefined
 * when a record is to be made whatever there is. Throws 400 when that is not there, or something is that goes with an external id alone.
 */
export function matchIn({ match, ...query }: UpsertQuery, values: Values): MatchInput | undefined {
  const { system, externalId } = query;
  if (match !== 'externalId') {
    const idle = (['system', 'externalId', 'restore'] as const).find((name) => query[name] !== undefined);
    if (idle !== undefined) throw invalidField(`query/${idle}`, 'external_id_only', `${idle} goes with match=externalId alone.`);
  }
  if (match === undefined) return undefined;
  if (match === 'externalId') {
    if (system === undefined || externalId === undefined) {
      const missing = system === undefined ? 'system' : 'externalId';
      throw invalidField(`query/${missing}`, 'required', 'match=externalId goes with system and externalId.');
    }
    return { externalId: { system, id: externalId } };
  }
  const name = /^customFields\.(.+)$/.exec(match)?.[1];
  const value = name === undefined ? values[match] : (values.customFields as Values | undefined)?.[name];
  if (value === undefined || value === null || value === '') {
    throw invalidField(`/${match.replace('.', '/')}`, 'required', `${match} is needed, since the record is told by it.`);
  }
  return (name === undefined ? { [match]: value } : { customFields: { [name]: value } }) as MatchInput; // of a field that the body's schema has checked
}
