import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { invalidField, notFound, stale, unavailable } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import type { Evaluator } from '../ports.ts';
import { type Changes, type Revision, recordJson } from '../records.ts';
import { columnsOf, type WireColumns } from '../wire.ts';
import { newSecret, rotationHours, sealSecret } from './secrets.ts';
import type { CreateSourceInput, UpdateSourceInput } from './webhook-source.schema.ts';

/** `base` is the hub's own address; it may come from a request, so it is quoted. */
const sourceColumns = (base: string): WireColumns => ({
  ...columnsOf('webhook_sources', 'id name preset scheme'),
  url: [`'${base.replaceAll("'", "''")}/hooks/' || webhook_sources.id`, 'plain'],
  ...columnsOf('webhook_sources', 'mapping mappingVersion disabledAt:instant createdAt:instant updatedAt:instant version'),
});

/** The JSON of a source. Throws `webhook_source_not_found`. */
export const getSource = (ctx: Context, id: string, base: string): Promise<string> =>
  recordJson(ctx, { object: 'webhook_source', table: 'webhook_sources', columns: sourceColumns(base) }, id);

/** A page of sources, newest first. */
export const listSources = (ctx: Context, page: PageRequest, base: string): Promise<JsonText> =>
  listOf(ctx, page, {
    columns: sourceColumns(base),
    from: SQL`webhook_sources`,
    where: [visible(ctx, 'webhook_source', 'webhook_sources'), SQL`webhook_sources.deleted_at is null`],
    id: 'webhook_sources.id',
    sorts: { createdAt: { expression: 'webhook_sources.created_at', type: 'timestamptz' } },
    defaultSort: '-createdAt',
  });

/** Checks a mapping before it is saved. Throws 400 `invalid_mapping` with the evaluator's words. No database, no transaction. */
export async function checkMapping(evaluator: Evaluator, mapping: string): Promise<void> {
  const checked = await evaluator.compile(mapping);
  if (checked.ok) return;
  if (checked.code === 'busy') throw unavailable('evaluator', 'The mapping cannot be checked now.');
  const where = checked.position === undefined ? '' : ` (at character ${checked.position})`;
  throw invalidField('/mapping', 'invalid_mapping', `The mapping is not JSONata: ${checked.message}${where}.`);
}

/** Makes a source; its secret is in this answer and nowhere else. */
export async function createSource(ctx: Context, input: CreateSourceInput): Promise<{ id: string; secret: string }> {
  const id = newId();
  const secret = input.secret ?? newSecret(input.preset === 'standard' ? 'standard' : 'plain');
  await rowsOf(
    ctx,
    SQL`insert into webhook_sources (id, name, preset, scheme, secret, mapping, created_by, created_at, updated_at)
        values (${id}, ${input.name}, ${input.preset}, ${JSON.stringify(input.scheme ?? {})},
          ${sealSecret(ctx, 'webhook_sources', { id, secret })}, ${input.mapping}, ${ctx.actor.userId}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'webhook_source.created', { sourceId: id, name: input.name, preset: input.preset });
  return { id, secret };
}

interface SourceRow {
  name: string;
  mapping: string;
  mappingVersion: number;
  disabled: boolean;
  version: number;
}

/** Edits a source; a new mapping is a new version of it. Throws `webhook_source_not_found`, `version_mismatch`. */
export async function updateSource(ctx: Context, revision: Revision, patch: UpdateSourceInput): Promise<void> {
  const before = await lockSource(ctx, revision);
  const changes: Changes = {};
  const mappingVersion = before.mappingVersion + (patch.mapping === undefined || patch.mapping === before.mapping ? 0 : 1);
  const after = { name: patch.name ?? before.name, mappingVersion, disabled: patch.disabled ?? before.disabled };
  for (const field of ['name', 'mappingVersion', 'disabled'] as const) {
    if (after[field] !== before[field]) changes[field] = { from: before[field], to: after[field] };
  }
  if (Object.keys(changes).length === 0) return;
  await rowsOf(
    ctx,
    SQL`update webhook_sources set name = ${after.name}, mapping = ${patch.mapping ?? before.mapping}, mapping_version = ${mappingVersion},
          disabled_at = case when ${after.disabled} then coalesce(disabled_at, ${ctx.now}) end, updated_at = ${ctx.now}, version = version + 1
        where id = ${revision.id}`,
  );
  emit(ctx, 'webhook_source.updated', { sourceId: revision.id, changes });
}

/** Gives a source a new secret, made here; the old one stays good for 24 hours. Throws as `updateSource`. */
export async function rotateSourceSecret(ctx: Context, revision: Revision): Promise<string> {
  await lockSource(ctx, revision);
  const { id } = revision;
  const preset = await rowOf<{ preset: string }>(ctx, SQL`select preset from webhook_sources where id = ${id}`);
  const secret = newSecret(preset?.preset === 'standard' ? 'standard' : 'plain');
  await rowsOf(
    ctx,
    SQL`update webhook_sources set previous_secret = secret,
          previous_secret_until = ${ctx.now}::timestamptz + make_interval(hours => ${rotationHours}),
          secret = ${sealSecret(ctx, 'webhook_sources', { id, secret })}, updated_at = ${ctx.now}, version = version + 1
        where id = ${id}`,
  );
  emit(ctx, 'webhook_source.secret_rotated', { sourceId: id });
  return secret;
}

/** Deletes a source: its address is unknown from now on, its receipts stay. Throws as `updateSource`. */
export async function deleteSource(ctx: Context, revision: Revision): Promise<void> {
  await lockSource(ctx, revision);
  await rowsOf(
    ctx,
    SQL`update webhook_sources set deleted_at = ${ctx.now}, secret = '', previous_secret = null, version = version + 1 where id = ${revision.id}`,
  );
  emit(ctx, 'webhook_source.deleted', { sourceId: revision.id });
}

async function lockSource(ctx: Context, { id, version }: Revision): Promise<SourceRow> {
  const source = await rowOf<SourceRow>(
    ctx,
    SQL`select name, mapping, mapping_version as "mappingVersion", disabled_at is not null as disabled, version from webhook_sources
        where id = ${id} and deleted_at is null and ${visible(ctx, 'webhook_source', 'webhook_sources')} for update`,
  );
  if (source === undefined) throw notFound('webhook_source');
  if (version !== undefined && version !== source.version) throw stale(source.version);
  return source;
}
