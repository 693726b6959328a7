import { createHash } from 'node:crypto';
import { type Context, rootCause, rowOf, rowsOf, type Services, systemActor, transact } from '../context.ts';
import { type CustomField, customExpression } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, sqlState, uniqueCustomField } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import { enqueue } from '../queues.ts';
import { liveRows, tableOf } from './tables.ts';

/** Has the index behind a custom field made, changed or dropped in the background, as its settings say. */
export async function askForIndex(ctx: Context, fieldId: string): Promise<void> {
  await rowsOf(ctx, SQL`update custom_fields set index_state = 'building', index_error = null where id = ${fieldId}`);
  await enqueue(ctx, { queue: 'bulk', key: `custom-field/${fieldId}`, data: { kind: 'custom-field-index', fieldId } });
}

type Shape = Pick<CustomField, 'object' | 'name' | 'type'>;

/** Throws `custom_field_not_unique`, naming records that share a value. */
export async function refuseRepeatedValues(ctx: Context, field: Shape): Promise<void> {
  const table = tableOf[field.object];
  const value = SQL.raw(customExpression(table, field).expression);
  const row = await rowOf<{ value: string; ids: string[] }>(
    ctx,
    SQL`select ${value}::text as value, coalesce((array_agg(id order by id) filter (where ${visible(ctx, field.object, table)}))[1:10], '{}') as ids from ${SQL.ref(table)}
        where ${SQL.raw(liveRows(field.object))} and ${value} is not null group by ${value} having count(*) > 1 limit 1`,
  );
  if (row === undefined) return;
  const same = row.ids.length > 0 ? `the value ${row.value}` : 'the same value';
  const message = `Several records have ${same}; give each its own first.`;
  const errors = [{ pointer: '/unique', code: 'custom_field_not_unique', message }];
  throw conflict('custom_field_not_unique', message, { errors, ids: row.ids });
}

interface Wanted extends Shape {
  unique: boolean;
  indexed: boolean;
}

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };

/**
 * Makes the indexes of a custom field what its settings say: those that are missing are built while the table is in use, others are
 * dropped. Any number of times; a half-built index of a killed process is dropped and built anew.
 */
export async function buildFieldIndex(services: Services, fieldId: string): Promise<void> {
  const field = await transact(services, doing, (ctx) =>
    rowOf<Wanted>(
      ctx,
      SQL`select entity_type as object, field_name as name, field_type as type, is_unique as "unique", indexed from custom_fields where id = ${fieldId}`,
    ),
  );
  if (field === undefined) return;
  const wanted = indexesOf(fieldId, field);
  const client = await services.db.connect('throughline-index'); // outside the pool: it may take hours, without a limit
  let error: string | null = null;
  try {
    const { rows } = await client.query<{ name: string; valid: boolean }>(
      `select relname as name, indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid where relname like $1`,
      [`custom\\_%\\_${fieldId.replaceAll('-', '')}\\_%`],
    );
    const there = new Set(rows.filter(({ name, valid }) => valid && wanted.has(name)).map(({ name }) => name));
    for (const { name } of rows) if (!there.has(name)) await client.query(`drop index concurrently if exists ${name}`);
    for (const [name, statement] of wanted) if (!there.has(name)) await client.query(statement);
    // Without statistics of the new expression the planner would take a rare value for a frequent one, and walk another index.
    if (wanted.size > 0) await client.query(`analyze ${tableOf[field.object]}`);
  } catch (fault) {
    if (sqlState(fault) !== '23505') throw fault;
    error = 'Several records have the same value; give each its own, and ask again.';
  } finally {
    await client.end();
  }
  await transact(services, doing, async (ctx) => {
    const state = error !== null ? 'failed' : wanted.size > 0 ? 'ready' : 'none';
    await rowsOf(ctx, SQL`update custom_fields set index_state = ${state}, index_error = ${error} where id = ${fieldId}`);
    emit(ctx, 'custom_field.indexed', { fieldId, state });
  });
}

/** The statements of the indexes that a field wants, by name: another expression is another name. A unique field is an indexed one too. */
function indexesOf(fieldId: string, field: Wanted): Map<string, string> {
  const table = tableOf[field.object];
  if (!field.unique && !field.indexed) return new Map();
  const { expression, type } = customExpression(table, field);
  const own = expression.replaceAll(`${table}.`, '');
  const suffix = `${fieldId.replaceAll('-', '')}_${createHash('sha256').update(own).digest('hex').slice(0, 8)}`;
  const wanted = new Map<string, string>();
  const unique = `${uniqueCustomField}${suffix}`;
  const plain = `custom_index_${suffix}`;
  if (field.unique)
    wanted.set(unique, `create unique index concurrently ${unique} on ${table} (${own}) where ${liveRows(field.object)}`);
  // Over all rows: Postgres estimates by an expression's statistics only when its index is not a partial one.
  wanted.set(plain, `create index concurrently ${plain} on ${table} ${type === 'jsonb' ? `using gin (${own})` : `(${own}, id)`}`);
  return wanted;
}
