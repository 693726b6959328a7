import { aside, type Context, rowsOf, sql } from '../context.ts';
import type { CustomField, Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { type FieldError, invalid } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { MatchInput } from '../match.schema.ts';
import { findMatch } from '../match.ts';
import { prepared } from '../plans.ts';
import { checkTags } from '../tags/tags.ts';
import { tableOf } from './tables.ts';
import { type Checked, checkValue } from './value.ts';

type Values = Record<string, unknown>;

/** What each kind of record has beside its own fields. */
export interface Extras {
  customFields?: Values | undefined;
  tagIds?: readonly string[] | undefined;
}

/** Custom values and tags of a new record as they are stored. Throws 400 with an error per field. */
export async function newExtras(
  ctx: Context,
  object: Customisable,
  { customFields, tagIds = [] }: Extras,
): Promise<{ customFields: Values; tagIds: string[] }> {
  return { customFields: await newCustomValues(ctx, object, customFields), tagIds: await checkTags(ctx, tagIds) };
}

/** A patch with its custom values and tags as they are stored. Throws 400 with an error per field. */
export async function withExtras<Patch extends Extras>(
  ctx: Context,
  object: Customisable,
  { record, patch }: { record: { customFields: Values }; patch: Patch },
): Promise<Patch> {
  const given = await withCustomValues(ctx, object, { record, patch });
  return given.tagIds === undefined ? given : { ...given, tagIds: await checkTags(ctx, given.tagIds) };
}

/** What a new record is given: the values as they are stored. Throws 400 with an error per field, also for a required one without a value. */
async function newCustomValues(ctx: Context, object: Customisable, given: Values = {}): Promise<Values> {
  const fields = await fieldsFor(ctx, object, given);
  const { values, errors } = await checkAll(ctx, fields, given);
  // Mail, webhooks and imports bring what they have; only people and their programs are asked for more.
  const asked = ctx.actor.kind === 'user' || ctx.actor.kind === 'key';
  for (const field of asked ? fields.values() : []) {
    if (
      field.required &&
      !field.archived &&
      isEmpty(values[field.name]) &&
      !errors.some(({ pointer }) => pointer === pointerOf(field.name))
    )
      errors.push(requiredError(field));
  }
  await finish(ctx, { fields, values, errors });
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

/**
 * A patch whose `customFields`, which name only what changes, are merged into what the record has; null clears one. Throws 400 with an error
 * per field. A required field may stay empty where it was, and cannot be cleared.
 */
async function withCustomValues<Patch extends { customFields?: Values | undefined }>(
  ctx: Context,
  object: Customisable,
  { record, patch }: { record: { customFields: Values }; patch: Patch },
): Promise<Patch> {
  if (patch.customFields === undefined) return patch;
  const before = record.customFields;
  const changed = Object.entries(patch.customFields).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  );
  const fields = await fieldsFor(ctx, object, Object.fromEntries(changed));
  const { values, errors } = await checkAll(ctx, fields, Object.fromEntries(changed));
  for (const [name, value] of Object.entries(values)) {
    const field = fields.get(name);
    if (field?.required && isEmpty(value) && !isEmpty(before[name])) errors.push(requiredError(field));
  }
  await finish(ctx, { fields, values, errors });
  const merged = Object.entries({ ...before, ...values }).filter(([, value]) => !isEmpty(value));
  return { ...patch, customFields: Object.fromEntries(merged) };
}

/** The definitions to check values by: exactly the present ones when there are values, else the remembered ones, which costs nothing. */
async function fieldsFor(ctx: Context, object: Customisable, given: Values): Promise<ReadonlyMap<string, CustomField>> {
  if (Object.keys(given).length === 0) return (await ctx.ports.customFields.current(await aside(ctx))).of[object];
  const db = await sql(ctx);
  const [row] = await present(db, []);
  return (await ctx.ports.customFields.current(db, row?.generation)).of[object];
}

/** Holds the definitions as they are until the end of the transaction. */
const present = prepared<{ generation: number }>(
  'custom_fields_generation',
  'select custom_fields_generation()::float8 as generation',
);

async function checkAll(
  ctx: Context,
  fields: ReadonlyMap<string, CustomField>,
  given: Values,
): Promise<{ values: Values; errors: FieldError[] }> {
  const values: Values = {};
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(given)) {
    const field = fields.get(name);
    if (field === undefined) errors.push(unknownError(name, fields));
    else if (field.archived)
      errors.push(errorAt(name, 'archived_custom_field', `${name} is archived; restore it to change its values`));
    else if (isEmpty(value)) values[name] = null;
    else {
      const checked = isMatch(value) ? await told(ctx, field, value.match) : checkValue(field, value);
      if ('value' in checked) values[name] = checked.value;
      else errors.push(errorAt(name, checked.code, checked.message));
    }
  }
  return { values, errors };
}

const isMatch = (value: unknown): value is { match: MatchInput } =>
  typeof value === 'object' && value !== null && 'match' in value;

/** The id of the record or user that a match tells. Throws as `findMatch`. */
async function told(ctx: Context, field: CustomField, match: MatchInput): Promise<Checked> {
  const object = field.type === 'user' ? 'user' : field.recordType;
  if (object === null) return { code: 'invalid_value', message: 'must be a value: this field points to no record' };
  if (object === 'user' && match.email === undefined) return { code: 'unknown_match', message: 'A user is told by email.' };
  const found = await findMatch(ctx, ctx.ports.customFields.types[object], { match, pointer: `${pointerOf(field.name)}/match` });
  return found === undefined ? { code: 'reference_not_found', message: `There is no ${object} that matches.` } : { value: found };
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.length === 0);

const pointerOf = (name: string): string => `/customFields/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
const errorAt = (name: string, code: string, message: string): FieldError => ({ pointer: pointerOf(name), code, message });
const requiredError = (field: CustomField): FieldError => errorAt(field.name, 'required', `${field.label} must have a value`);

function unknownError(name: string, fields: ReadonlyMap<string, CustomField>): FieldError {
  const known = [...fields.values()].filter((field) => !field.archived).slice(0, 30);
  const names = known.map((field) => field.name).join(', ');
  return errorAt(name, 'unknown_custom_field', names === '' ? 'there are no custom fields here' : `must be one of ${names}`);
}

interface Checking {
  fields: ReadonlyMap<string, CustomField>;
  values: Values;
  errors: FieldError[];
}

async function finish(ctx: Context, { fields, values, errors }: Checking): Promise<void> {
  const missing = await missingTargets(ctx, fields, values);
  const all = [
    ...errors,
    ...missing.map((name) =>
      errorAt(name, 'reference_not_found', `must be the id of a ${fields.get(name)?.recordType ?? 'user'} that exists`),
    ),
  ];
  if (all.length > 0) throw invalid(all);
}

/** Names of the fields that point to a user or record which does not exist. */
async function missingTargets(ctx: Context, fields: ReadonlyMap<string, CustomField>, values: Values): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const field = fields.get(name);
    if (value === null || (field?.type !== 'user' && field?.type !== 'record')) continue;
    const object = field.recordType ?? 'user';
    const live = object === 'user' ? SQL`true` : SQL`deleted_at is null and ${visible(ctx, object, tableOf[object])}`;
    const found = await rowsOf(ctx, SQL`select 1 from ${SQL.ref(tableOf[object])} where id = ${value} and ${live}`);
    if (found.length === 0) missing.push(name);
  }
  return missing;
}
