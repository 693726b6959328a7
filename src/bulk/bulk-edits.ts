import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { editables } from '../editing/editable.ts';
import { emit } from '../emit.ts';
import { AppError, conflict, forbidden, notFound } from '../errors.ts';
import { type Extras, withExtras } from '../fields/values.ts';
import { parsed } from '../http.ts';
import { requireFields } from '../identity/inputs.ts';
import { reachOf, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { enqueue } from '../queues.ts';
import { checkTags } from '../tags/tags.ts';
import { columnsOf, jsonOf } from '../wire.ts';
import type { CreateBulkEditInput } from './bulk-edit.schema.ts';
import { matching } from './matching.ts';

const columns = columnsOf(
  'bulk_edits',
  'id object filter ids patch state matched changed unchanged refused undone kept error createdBy createdAt:instant updatedAt:instant finishedAt:instant',
);

/** The JSON of a bulk edit. Throws `bulk_edit_not_found`. */
export async function getBulkEdit(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(columns))}::text as json from bulk_edits where id = ${id} and ${visible(ctx, 'bulk_edit', 'bulk_edits')}`,
  );
  if (row === undefined) throw notFound('bulk_edit');
  return row.json;
}

/** A page of bulk edits, newest first. */
export const listBulkEdits = (ctx: Context, page: PageRequest): Promise<JsonText> =>
  listOf(ctx, page, {
    columns,
    from: SQL`bulk_edits`,
    where: [visible(ctx, 'bulk_edit', 'bulk_edits')],
    id: 'bulk_edits.id',
    sorts: { createdAt: { expression: 'bulk_edits.created_at', type: 'timestamptz' } },
    defaultSort: '-createdAt',
  });

/** A page of what became of the records of a bulk edit. Throws `bulk_edit_not_found`. */
export async function listBulkRows(
  ctx: Context,
  id: string,
  page: PageRequest & { outcome?: string | undefined },
): Promise<JsonText> {
  await getBulkEdit(ctx, id);
  const where = [SQL`bulk_edit_rows.bulk_edit_id = ${id}`];
  if (page.outcome) where.push(SQL`bulk_edit_rows.outcome = ${page.outcome}`);
  return listOf(ctx, page, {
    columns: columnsOf('bulk_edit_rows', 'recordId outcome code message'),
    from: SQL`bulk_edit_rows`,
    where,
    id: 'bulk_edit_rows.record_id',
    sorts: { recordId: { expression: 'bulk_edit_rows.record_id', type: 'uuid' } },
    defaultSort: 'recordId',
  });
}

/** What is stored of a patch: the record's own, and the tags that are added and taken off. */
export interface BulkPatch {
  values: Record<string, unknown>;
  addTagIds: string[];
  removeTagIds: string[];
}

/** Begins a bulk edit in the background. Throws 403 unless the caller may edit such records, 400 for a patch or filter that does not fit. */
export async function createBulkEdit(ctx: Context, input: CreateBulkEditInput): Promise<string> {
  const { object, filter, ids, patch: values, addTagIds, removeTagIds } = input;
  if (reachOf(ctx.actor, object, 'edit') === 'none') throw forbidden(`${object}:edit`);
  await checkPatch(ctx, input);
  await matching(ctx, object, { filter, ids });
  const id = newId();
  const patch: BulkPatch = { values, addTagIds, removeTagIds };
  await rowsOf(
    ctx,
    SQL`insert into bulk_edits (id, object, filter, ids, patch, state, actor_kind, actor_id, created_by, created_at, updated_at)
        values (${id}, ${object}, ${filter === undefined ? null : JSON.stringify(filter)}, ${ids ?? null}::uuid[], ${JSON.stringify(patch)},
          'waiting', ${ctx.actor.kind}, ${ctx.actor.id}, ${ctx.actor.userId}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'bulk_edit.started', { bulkEditId: id, object });
  await wake(ctx, id);
  return id;
}

/** A patch and its tags are checked as for one record; whether there is a deal's stage is known when its deal is. */
async function checkPatch(ctx: Context, { object, patch: values, addTagIds }: CreateBulkEditInput): Promise<void> {
  await pointing(
    (pointer) => `/patch${pointer}`,
    async () => {
      requireFields(ctx.actor, object, values);
      const patch = parsed(editables[object].patch, values) as Partial<Extras>; // each kind of record has these
      await withExtras(ctx, object, { record: { customFields: {} }, patch });
    },
  );
  await pointing(
    (pointer) => pointer.replace('/tagIds', '/addTagIds'),
    () => checkTags(ctx, addTagIds),
  );
}

/** Has the pointers of a refusal lead into the whole request. */
async function pointing(within: (pointer: string) => string, check: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const errors = (error.details.errors ?? []).map((one) => ({ ...one, pointer: within(one.pointer) }));
    throw new AppError(error.code, error.status, error.message, { ...error.details, errors }, error);
  }
}

const wake = (ctx: Context, id: string): Promise<void> =>
  enqueue(ctx, { queue: 'bulk', key: `bulk-edit/${id}`, data: { kind: 'bulk-edit', bulkEditId: id } });

/** Stops a bulk edit where it is; what is changed stays, and can be undone. Throws `bulk_edit_not_found`, `bulk_edit_over`. */
export async function cancelBulkEdit(ctx: Context, id: string): Promise<void> {
  const { state } = await lockBulkEdit(ctx, id);
  if (state !== 'waiting' && state !== 'running') throw conflict('bulk_edit_over', `This bulk edit is ${state}.`);
  await setState(ctx, id, 'cancelled');
  emit(ctx, 'bulk_edit.cancelled', { bulkEditId: id });
}

/** Puts back, in the background, every value that nobody has edited since. Throws `bulk_edit_not_found`, `bulk_edit_not_over`. */
export async function undoBulkEdit(ctx: Context, id: string): Promise<void> {
  const { state } = await lockBulkEdit(ctx, id);
  if (!['done', 'cancelled', 'failed'].includes(state)) throw conflict('bulk_edit_not_over', `This bulk edit is ${state}.`);
  await rowsOf(
    ctx,
    SQL`update bulk_edits set state = 'undoing', error = null, finished_at = null, updated_at = ${ctx.now},
          actor_kind = ${ctx.actor.kind}, actor_id = ${ctx.actor.id} where id = ${id}`,
  );
  await wake(ctx, id);
}

async function lockBulkEdit(ctx: Context, id: string): Promise<{ state: string }> {
  const row = await rowOf<{ state: string }>(
    ctx,
    SQL`select state from bulk_edits where id = ${id} and ${visible(ctx, 'bulk_edit', 'bulk_edits')} for update`,
  );
  if (row === undefined) throw notFound('bulk_edit');
  return row;
}

/** Writes how a bulk edit ended. */
export const setState = (ctx: Context, id: string, state: string, error: string | null = null) =>
  rowsOf(
    ctx,
    SQL`update bulk_edits set state = ${state}, error = ${error}, finished_at = ${ctx.now}, updated_at = ${ctx.now} where id = ${id}`,
  );
