import { type Context, rowsOf } from '../context.ts';
import type { CustomField } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import { type Revision, requireVersion } from '../records.ts';
import type { ConvertFieldInput } from './field.schema.ts';
import { askForIndex } from './field-index.ts';
import { type FieldRow, fieldRow, holdAlone, refuseMisfits } from './fields.ts';
import { tableOf } from './tables.ts';
import { convertValue } from './value.ts';

/** What a change of type does, or would do. */
export interface Conversion {
  type: string;
  dryRun: boolean;
  converts: number;
  fails: number;
  failures: { id: string; value: unknown; message: string }[];
}

const chunk = 2_000;
const shownAtMost = 100;

/**
 * Gives a custom field another type, with all its values, in this transaction; or with `dryRun` only says what that would do. Nothing is
 * lost: as long as one value does not convert, nothing changes. Throws `custom_field_not_found`, `version_mismatch`,
 * `values_do_not_convert`, which lists them as far as the caller sees the records.
 */
export async function convertField(ctx: Context, { id, version }: Revision, input: ConvertFieldInput): Promise<Conversion> {
  await holdAlone(ctx);
  const field = await fieldRow(ctx, id);
  requireVersion(field, version);
  const chooses = input.type === 'select' || input.type === 'multiselect';
  const options = input.options ?? (chooses ? field.options : []);
  const to = { ...field, type: input.type, options, recordType: input.recordType ?? null };
  refuseMisfits(to);
  const conversion = await convertAll(ctx, field, { to, dryRun: input.dryRun });
  if (input.dryRun) return conversion;
  if (conversion.fails > 0) {
    const { type, ...found } = conversion; // a problem has a type of its own
    throw conflict('values_do_not_convert', `${found.fails} values cannot be read as ${type}; see "failures".`, found);
  }
  await rowsOf(
    ctx,
    SQL`update custom_fields set field_type = ${to.type}, options = ${JSON.stringify(to.options)}, record_type = ${to.recordType},
          version = version + 1, updated_at = ${ctx.now} where id = ${id}`,
  );
  if (field.indexState !== 'none') await askForIndex(ctx, id);
  const { object, name } = field;
  emit(ctx, 'custom_field.converted', { fieldId: id, object, name, from: field.type, to: to.type, records: conversion.converts });
  return conversion;
}

async function convertAll(
  ctx: Context,
  { object, name }: FieldRow,
  { to, dryRun }: { to: CustomField; dryRun: boolean },
): Promise<Conversion> {
  const table = SQL.ref(tableOf[object]);
  const seen = visible(ctx, object, tableOf[object]);
  const conversion: Conversion = { type: to.type, dryRun, converts: 0, fails: 0, failures: [] };
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await rowsOf<{ id: string; value: unknown; seen: boolean }>(
      ctx,
      SQL`select id, custom_fields -> ${name} as value, ${seen} as seen from ${table} where id > ${after} and jsonb_exists(custom_fields, ${name})
          order by id limit ${chunk}`,
    );
    const converted: { id: string; value: unknown }[] = [];
    for (const { id, value, seen } of rows) {
      const checked = convertValue(to, value);
      if ('value' in checked) converted.push({ id, value: checked.value });
      else {
        conversion.fails += 1;
        if (seen && conversion.failures.length < shownAtMost) conversion.failures.push({ id, value, message: checked.message });
      }
    }
    conversion.converts += converted.length;
    if (!dryRun && conversion.fails === 0) await store(ctx, { table: tableOf[object], name, converted });
    const last = rows.at(-1);
    if (rows.length < chunk || last === undefined) return conversion;
    after = last.id;
  }
}

const store = (ctx: Context, { table, name, converted }: { table: string; name: string; converted: object[] }) =>
  rowsOf(
    ctx,
    SQL`update ${SQL.ref(table)} as t set custom_fields = jsonb_set(custom_fields, array[${name}::text], new.value)
        from jsonb_to_recordset(${JSON.stringify(converted)}::jsonb) as new (id uuid, value jsonb) where t.id = new.id`,
  );
