import type { Context } from './context.ts';
import { AppError, invalidField } from './errors.ts';
import { identify } from './external-ids.ts';
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
}

/** What became of an upsert. */
export interface Upserted {
  id: string;
  made: boolean;
}

/**
 * Edits the record that a match tells, or makes it. What it was found by stays as the record has it: an address may be its second one, or
 * be spelled otherwise. Of many at once for the same match one makes the record. Throws as `findMatch` and the deeds.
 */
export async function upsert(ctx: Context, kind: Upsertable, { match, pointer, values, version }: Upsert): Promise<Upserted> {
  const found = await findMatch(ctx, kind.type, { match, pointer, hold: true, deletedIsGone: true });
  if (found !== undefined) {
    const told: Values = { ...match };
    const others = Object.entries(values).filter(([name, value]) => told[name] === undefined || told[name] !== value);
    await kind.edit(ctx, { id: found, version }, Object.fromEntries(others));
    return { id: found, made: false };
  }
  if (version !== undefined) throw new AppError('version_mismatch', 412, 'There is no such record of which you read a version.');
  const id = await kind.create(ctx, withMatch(values, match));
  if (match.externalId !== undefined) await identify(ctx, kind.type, { id, key: match.externalId });
  return { id, made: true };
}

/** What `?match=` of a creation tells the record by: the value of one of the body's own fields, or the external id beside it. Throws 400 when that is not there. */
export function matchIn({ match = '', system, externalId }: UpsertQuery, values: Values): MatchInput {
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
