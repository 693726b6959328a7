import type { FastifyRequest } from 'fastify';
import type { RawBuilder } from 'kysely';
import { type Context, rowsOfNamed } from './context.ts';
import { SQL } from './database.ts';
import { invalidField, notFound, stale } from './errors.ts';
import { type ObjectName, reachOf, visible } from './identity/permissions.ts';
import { jsonOf, type WireColumns } from './wire.ts';

/** What people edit: it counts its edits. */
export interface Versioned {
  version: number;
  updatedAt: Date;
}

/** Which record, and the version that the caller has read, if they said so. */
export interface Revision {
  id: string;
  version?: number | undefined;
}

/** Field by field what an edit changed, for the log. */
export type Changes = Record<string, { from: unknown; to: unknown }>;

/** The version that `If-Match: "v3"` names; undefined without the header, also for `*`. Throws 400 for any other form. */
export function versionOf(req: FastifyRequest): number | undefined {
  const header = req.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const match = /^(?:W\/)?"v(\d{1,9})"$/.exec(header);
  if (match === null)
    throw invalidField('header/if-match', 'invalid_version', 'If-Match must be "v" and the version you read, such as "v3".');
  return Number(match[1]);
}

/** Throws 412 when the record has another version than the caller has read. */
export function requireVersion(record: Versioned, expected: number | undefined): void {
  if (expected !== undefined && record.version !== expected) throw stale(record.version);
}

/**
 * Applies a patch to an entity: null clears a field, what is absent stays. Counts one edit when anything changed, and returns what did.
 * Values are compared as the wire shows them.
 */
export function edit<T extends Versioned & object>(record: T, patch: Partial<T>, now: Date): Changes {
  const changes: Changes = {};
  const fields = record as Record<string, unknown>; // patches are typed by the entity; here they are walked by name
  for (const [field, to] of Object.entries(patch)) {
    const from = fields[field] ?? null;
    if (to === undefined || sameValue(from, to)) continue;
    if (field === 'customFields') Object.assign(changes, changedNames(from as Values, to as Values));
    else changes[field] = { from, to };
    fields[field] = to;
  }
  if (Object.keys(changes).length > 0) {
    record.version += 1;
    record.updatedAt = now;
  }
  return changes;
}

type Values = Record<string, unknown>;

/** Custom fields change one by one, each under `customFields.<name>`. */
function changedNames(from: Values, to: Values): Changes {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => !sameValue(from[name], to[name]));
  return Object.fromEntries(names.map((name) => [`customFields.${name}`, { from: from[name] ?? null, to: to[name] ?? null }]));
}

const sameValue = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));

/** Objects with their keys in order, so that two spellings of one value are equal. */
function canonical(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a new record was made of: each field that is not empty, from null. */
export function creation({ customFields, ...values }: Values): Changes {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && !isEmptyList(value));
  const changes: Changes = Object.fromEntries(set.map(([field, to]) => [field, { from: null, to }]));
  return customFields === undefined ? changes : { ...changes, ...changedNames({}, customFields as Values) };
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Where a single record is read from. */
export interface RecordSource {
  object: ObjectName;
  table: string;
  columns: WireColumns;
  /** Tables joined for names; the record's table comes first. */
  joins?: RawBuilder<unknown>;
}

/** The JSON of one live record the caller may see. Throws the object's 404, the same for missing and hidden. */
export async function recordJson(ctx: Context, source: RecordSource, id: string): Promise<string> {
  const table = SQL.ref(source.table);
  const [row] = await rowsOfNamed<{ json: string }>(
    ctx,
    `get_${source.object}_${reachOf(ctx.actor, source.object, 'read')}`,
    SQL`select ${SQL.raw(jsonOf(source.columns))}::text as json from ${table} ${source.joins ?? SQL``}
        where ${SQL.ref(`${source.table}.id`)} = ${id} and ${SQL.ref(`${source.table}.deleted_at`)} is null and ${visible(ctx, source.object, source.table)}`,
  );
  if (row === undefined) throw notFound(source.object);
  return row.json;
}
