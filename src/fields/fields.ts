import type { RawBuilder } from 'kysely';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import type { Customisable, CustomType } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import { hiddenFields } from '../identity/permissions.ts';
import { followFieldName } from '../identity/roles.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { edit, type Revision, requireVersion } from '../records.ts';
import { jsonOf, type WireColumns } from '../wire.ts';
import type { CreateFieldInput, UpdateFieldInput } from './field.schema.ts';
import { askForIndex, refuseRepeatedValues } from './field-index.ts';
import { tableOf } from './tables.ts';

const column = (name: string, kind: 'plain' | 'instant' = 'plain') => [`custom_fields.${name}`, kind] as const;
const fieldColumns: WireColumns = {
  id: column('id'),
  object: column('entity_type'),
  name: column('field_name'),
  type: column('field_type'),
  label: column('field_label'),
  description: column('description'),
  options: column('options'),
  recordType: column('record_type'),
  required: column('required'),
  unique: column('is_unique'),
  indexed: column('indexed'),
  indexState: column('index_state'),
  indexError: column('index_error'),
  position: column('position'),
  archivedAt: column('archived_at', 'instant'),
  createdAt: column('created_at', 'instant'),
  updatedAt: column('updated_at', 'instant'),
  version: column('version'),
};

/** A custom field's row, for changing it. */
export interface FieldRow {
  id: string;
  object: Customisable;
  name: string;
  type: CustomType;
  label: string;
  description: string | null;
  options: { value: string; label: string }[];
  recordType: Customisable | null;
  required: boolean;
  unique: boolean;
  indexed: boolean;
  indexState: 'none' | 'building' | 'ready' | 'failed';
  position: number;
  archived: boolean;
  version: number;
  updatedAt: Date;
}

/** The JSON of a custom field. Throws `custom_field_not_found`. */
export async function getField(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(fieldColumns))}::text as json from custom_fields where id = ${id} and ${isShown(ctx)}`,
  );
  if (row === undefined) throw notFound('custom_field');
  return row.json;
}

/** Fields whose values are hidden from the actor are none to them. */
function isShown({ actor }: Context): RawBuilder<boolean> {
  const hidden = (['contact', 'company', 'deal', 'activity', 'task'] as const satisfies readonly Customisable[]).flatMap(
    (object) => {
      const names = hiddenFields(actor, object);
      if (names.has('customFields')) return [SQL`custom_fields.entity_type = ${object}`];
      const own = [...names].filter((name) => name.startsWith('customFields.')).map((name) => name.slice('customFields.'.length));
      return own.length === 0 ? [] : [SQL`(custom_fields.entity_type = ${object} and custom_fields.field_name = any(${own}))`];
    },
  );
  return hidden.length === 0 ? SQL<boolean>`true` : SQL<boolean>`not (${SQL.join(hidden, SQL` or `)})`;
}

/** A page of custom fields as they are arranged, archived ones only on request. */
export function listFields(
  ctx: Context,
  page: PageRequest & { object?: Customisable | undefined; archived: boolean },
): Promise<JsonText> {
  const where = [page.archived ? SQL`true` : SQL`custom_fields.archived_at is null`];
  where.push(isShown(ctx));
  if (page.object) where.push(SQL`custom_fields.entity_type = ${page.object}`);
  const arranged = "custom_fields.entity_type || to_char(custom_fields.position, '00000') || custom_fields.field_name";
  return listOf(ctx, page, {
    columns: fieldColumns,
    from: SQL`custom_fields`,
    where,
    id: 'custom_fields.id',
    sorts: { arranged: { expression: `(${arranged})`, type: 'text' } },
    defaultSort: 'arranged',
  });
}

const fieldsAtMost = 300;

/** Makes a custom field. Throws `custom_field_name_taken`, `too_many_custom_fields`, 400 for settings that its type does not have. */
export async function createField(ctx: Context, input: CreateFieldInput): Promise<string> {
  await holdAlone(ctx);
  const { object, name, type, label, recordType = null, description = null, options = [] } = input;
  const { required = false, unique = false, indexed = false } = input;
  refuseMisfits({ type, options, recordType, unique, indexed });
  const count = await rowOf<{ n: number }>(ctx, SQL`select count(*)::int as n from custom_fields where entity_type = ${object}`);
  if ((count?.n ?? 0) >= fieldsAtMost)
    throw conflict('too_many_custom_fields', `An object has at most ${fieldsAtMost} custom fields.`);
  const id = newId();
  const position = input.position ?? (count?.n ?? 0) + 1;
  await rowsOf(
    ctx,
    SQL`insert into custom_fields (id, entity_type, field_name, field_type, field_label, description, options, record_type, required,
          is_unique, indexed, position, created_at, updated_at)
        values (${id}, ${object}, ${name}, ${type}, ${label}, ${description}, ${JSON.stringify(options)}, ${recordType}, ${required},
          ${unique}, ${indexed}, ${position}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'custom_field.created', { fieldId: id, object, name, type });
  if (unique) await refuseRepeatedValues(ctx, { object, name, type });
  if (unique || indexed) await askForIndex(ctx, id);
  return id;
}

/**
 * Changes a custom field. A new name moves all values to it, in this transaction; a choice that is taken away stays where records have
 * it. Throws `custom_field_not_found`, `version_mismatch`, `custom_field_name_taken`, `custom_field_not_unique`.
 */
export async function updateField(ctx: Context, { id, version }: Revision, patch: UpdateFieldInput): Promise<void> {
  await holdAlone(ctx);
  const field = await fieldRow(ctx, id);
  requireVersion(field, version);
  const before = { ...field };
  const changes = edit(field, patch as Partial<FieldRow>, ctx.now);
  const retried = field.indexState === 'failed' && (patch.unique === true || patch.indexed === true);
  if (Object.keys(changes).length === 0 && !retried) return;
  refuseMisfits(field);
  if (field.unique && (changes.unique || retried)) await refuseRepeatedValues(ctx, field);
  await rowsOf(
    ctx,
    SQL`update custom_fields set field_name = ${field.name}, field_label = ${field.label}, description = ${field.description},
          options = ${JSON.stringify(field.options)}, required = ${field.required}, is_unique = ${field.unique}, indexed = ${field.indexed},
          position = ${field.position}, version = ${field.version}, updated_at = ${field.updatedAt} where id = ${id}`,
  );
  if (changes.name) await moveName(ctx, { ...before, to: field.name });
  if (changes.unique || changes.indexed || retried || (changes.name && before.indexState !== 'none')) await askForIndex(ctx, id);
  emit(ctx, 'custom_field.updated', { fieldId: id, object: field.object, changes });
}

/** Puts a custom field away: its values stay as they are and cannot be changed. Throws `custom_field_not_found`, `version_mismatch`. */
export const archiveField = (ctx: Context, revision: Revision): Promise<void> => setArchived(ctx, revision, true);

/** Brings an archived custom field back. Throws `custom_field_not_found`, `version_mismatch`. */
export const restoreField = (ctx: Context, revision: Revision): Promise<void> => setArchived(ctx, revision, false);

async function setArchived(ctx: Context, { id, version }: Revision, archived: boolean): Promise<void> {
  await holdAlone(ctx);
  const field = await fieldRow(ctx, id);
  requireVersion(field, version);
  if (field.archived === archived) return;
  const at = archived ? ctx.now : null;
  await rowsOf(
    ctx,
    SQL`update custom_fields set archived_at = ${at}, version = version + 1, updated_at = ${ctx.now} where id = ${id}`,
  );
  emit(ctx, archived ? 'custom_field.archived' : 'custom_field.restored', { fieldId: id });
}

/** Waits for all writes of custom values under way, and lets none begin before the end of this transaction, which may take long. */
export async function holdAlone(ctx: Context): Promise<void> {
  await rowsOf(ctx, SQL`set local statement_timeout = '10min'`);
  await rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtext('custom_fields'))`);
}

/** A custom field for changing it. Throws `custom_field_not_found`. */
export async function fieldRow(ctx: Context, id: string): Promise<FieldRow> {
  const row = await rowOf<FieldRow>(
    ctx,
    SQL`select id, entity_type as object, field_name as name, field_type as type, field_label as label, description, options,
          record_type as "recordType", required, is_unique as "unique", indexed, index_state as "indexState", position,
          archived_at is not null as archived, version, updated_at as "updatedAt"
        from custom_fields where id = ${id} and ${isShown(ctx)} for update`,
  );
  if (row === undefined) throw notFound('custom_field');
  return row;
}

type Shape = Pick<FieldRow, 'type' | 'options' | 'recordType' | 'unique' | 'indexed'>;

/** Throws 400 for settings that a type does not have, or lacks. */
export function refuseMisfits({ type, options, recordType, unique, indexed }: Shape): void {
  const chooses = type === 'select' || type === 'multiselect';
  if (chooses !== options.length > 0) {
    const message = chooses ? 'options must name at least one choice' : `a field of type ${type} has no options`;
    throw invalidField('/options', 'options_misfit', message);
  }
  if (new Set(options.map((option) => option.value)).size < options.length)
    throw invalidField('/options', 'options_repeated', 'each choice must have a value of its own');
  if ((type === 'record') !== (recordType !== null))
    throw invalidField('/recordType', 'record_type_misfit', 'recordType belongs to fields of type record, and they need it');
  if (unique && ['longText', 'boolean', 'multiselect'].includes(type))
    throw invalidField('/unique', 'unique_misfit', `values of type ${type} cannot be unique`);
  if (indexed && type === 'longText')
    throw invalidField('/indexed', 'indexed_misfit', 'long texts cannot be indexed; the search finds their words');
}

/** Values, and what saved views say of the field, get the new name. */
async function moveName(ctx: Context, { object, name, to }: { object: Customisable; name: string; to: string }): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update ${SQL.ref(tableOf[object])} set custom_fields = (custom_fields - ${name}) || jsonb_build_object(${to}::text, custom_fields -> ${name})
        where jsonb_exists(custom_fields, ${name})`,
  );
  const [old, now] = [`customFields.${name}`, `customFields.${to}`];
  await followFieldName(ctx, object, { from: old, to: now });
  const within = `\\m${old.replace('.', '\\.')}\\M`;
  await rowsOf(
    ctx,
    SQL`update views set filter = replace(filter::text, ${`"${old}"`}, ${`"${now}"`})::jsonb, columns = array_replace(columns, ${old}, ${now}),
          sort = regexp_replace(sort, ${within}, ${now}, 'g')
        where object = ${object} and (position(${`"${old}"`} in filter::text) > 0 or ${old} = any(columns) or sort ~ ${within})`,
  );
}
