import {
  type Actor,
  attempt,
  type Cause,
  type Context,
  pendingOf,
  rootCause,
  rowOf,
  rowsOf,
  type Services,
  systemActor,
  transact,
} from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { SQL } from '../database.ts';
import { editables, lockedTags } from '../editing/editable.ts';
import { emit } from '../emit.ts';
import { AppError } from '../errors.ts';
import { actorNow } from '../identity/actors.ts';
import type { Changes, Revision } from '../records.ts';
import { type BulkPatch, setState } from './bulk-edits.ts';
import { matching } from './matching.ts';
import { undoRecord } from './undo.ts';

const recordsAtOnce = 100;

interface BulkEdit {
  id: string;
  actorKind: Actor['kind'];
  actorId: string | null;
  object: Customisable;
  filter: Record<string, unknown> | null;
  ids: string[] | null;
  patch: BulkPatch;
  state: 'waiting' | 'running' | 'undoing';
  matched: number | null;
}

/**
 * Does a bulk edit, or its undo, to the end: a hundred records in a transaction, each of them through the ordinary deed and with the rights
 * that its asker has by then. What a chunk did and what became of its records is committed together, so a killed run is simply run again.
 */
export async function runBulkEdit(services: Services, id: string): Promise<void> {
  while (await transact(services, doingOf(id), (ctx) => chunk(ctx, id)));
}

/** Marks a bulk edit that cannot go on. */
export const failBulkEdit = (services: Services, id: string, message: string): Promise<unknown> =>
  transact(services, doingOf(id), (ctx) => setState(ctx, id, 'failed', message));

const keepDays = 90;

/** Removes what is known of bulk edits that were over long ago: they can be undone no more, the log keeps what they did. */
export const forgetBulkEdits = (services: Services): Promise<unknown> =>
  transact(services, { actor: systemActor, cause: rootCause({ kind: 'job' }) }, (ctx) =>
    rowsOf(
      ctx,
      SQL`delete from bulk_edits where id in (select id from bulk_edits
            where finished_at < ${ctx.now}::timestamptz - make_interval(days => ${keepDays}) and state <> 'undoing' limit 20)`,
    ),
  );

/** All that one bulk edit does is one chain in the log. */
const doingOf = (id: string) => ({ actor: systemActor, cause: { ...rootCause({ kind: 'job' }), correlationId: id } });

/** True while there is more to do. */
async function chunk(ctx: Context, id: string): Promise<boolean> {
  const bulk = await rowOf<BulkEdit>(
    ctx,
    SQL`select id, object, filter, ids, patch, state, matched, actor_kind as "actorKind", actor_id as "actorId" from bulk_edits
        where id = ${id} and state in ('waiting', 'running', 'undoing') for update`,
  );
  if (bulk === undefined) return false;
  const actor = await actorNow(ctx, { kind: bulk.actorKind, id: bulk.actorId });
  if (actor === undefined) {
    await setState(ctx, id, 'failed', 'Whoever asked for this may not sign in any more.');
    return false;
  }
  if (bulk.state === 'waiting') {
    await choose(ctx, bulk, actor);
    return true;
  }
  const undoing = bulk.state === 'undoing';
  const cause: Cause = { ...ctx.cause, origin: undoing ? 'history' : 'live' };
  const rows = await rowsOf<Row>(
    ctx,
    SQL`select record_id as id, changes from bulk_edit_rows where bulk_edit_id = ${id} and outcome = ${undoing ? 'changed' : 'waiting'}
        order by record_id limit ${recordsAtOnce}`,
  );
  const outcomes: Outcome[] = [];
  for (const row of rows) outcomes.push(await outcomeOf({ ...ctx, actor, cause }, bulk, row));
  await note(ctx, id, outcomes);
  if (rows.length === recordsAtOnce) return true;
  await setState(ctx, id, undoing ? 'undone' : 'done');
  emit(ctx, undoing ? 'bulk_edit.undone' : 'bulk_edit.finished', { bulkEditId: id });
  return false;
}

/** Fixes which records it is about, before the first one changes. */
async function choose(ctx: Context, bulk: BulkEdit, actor: Actor): Promise<void> {
  const chosen = await matching({ ...ctx, actor }, bulk.object, bulk);
  await rowsOf(
    ctx,
    SQL`with rows as (
          insert into bulk_edit_rows (bulk_edit_id, record_id) select ${bulk.id}::uuid, id from (${chosen}) as chosen returning 1
        )
        update bulk_edits set state = 'running', matched = (select count(*) from rows), updated_at = ${ctx.now} where id = ${bulk.id}`,
  );
}

interface Row {
  id: string;
  changes: Changes | null;
}

interface Outcome {
  id: string;
  outcome: 'changed' | 'unchanged' | 'refused' | 'undone' | 'kept';
  changes: Changes | null;
  code: string | null;
  message: string | null;
}

async function outcomeOf(ctx: Context, bulk: BulkEdit, { id, changes: done }: Row): Promise<Outcome> {
  const mark = pendingOf(ctx).events.length;
  const nothing = { id, changes: done, code: null, message: null };
  try {
    if (bulk.state === 'undoing') {
      const undone = await attempt(ctx, (inner) => undoRecord(inner, { object: bulk.object, id }, done ?? {}));
      return undone
        ? { ...nothing, outcome: 'undone' }
        : { ...nothing, outcome: 'kept', code: 'edited_since', message: 'Edited since.' };
    }
    await attempt(ctx, (inner) => change(inner, bulk, { id }));
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    const first = error.details.errors?.[0];
    const message = first === undefined ? error.message : `${first.pointer}: ${first.message}`;
    return { ...nothing, outcome: bulk.state === 'undoing' ? 'kept' : 'refused', code: first?.code ?? error.code, message };
  }
  const changes = changesOf(ctx, id, mark);
  return { ...nothing, changes, outcome: Object.keys(changes).length > 0 ? 'changed' : 'unchanged' };
}

async function change(ctx: Context, { object, patch }: BulkEdit, revision: Revision): Promise<void> {
  const { values, addTagIds, removeTagIds } = patch;
  if (addTagIds.length + removeTagIds.length === 0) return editables[object].edit(ctx, revision, values);
  const removed = new Set(removeTagIds);
  const tagIds = [...(await lockedTags(ctx, object, revision.id)), ...addTagIds].filter((id) => !removed.has(id));
  return editables[object].edit(ctx, revision, { ...values, tagIds: [...new Set(tagIds)] });
}

/** What the events since `mark` say has changed in a record; a deal that moved tells its stage. */
function changesOf(ctx: Context, id: string, mark: number): Changes {
  const changes: Changes = {};
  for (const { recordId, data } of pendingOf(ctx).events.slice(mark)) {
    if (recordId !== id) continue;
    const { changes: fields, from, to } = data as { changes?: Changes; from?: unknown; to?: unknown }; // as the catalogue has it
    Object.assign(changes, fields, from === undefined ? {} : { stage: { from, to } });
  }
  return changes;
}

async function note(ctx: Context, id: string, outcomes: readonly Outcome[]): Promise<void> {
  const count = (outcome: Outcome['outcome']) => outcomes.filter((one) => one.outcome === outcome).length;
  await rowsOf(
    ctx,
    SQL`update bulk_edit_rows as r set outcome = o.outcome, changes = o.changes, code = o.code, message = o.message
        from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as o (id uuid, outcome text, changes jsonb, code text, message text)
        where r.bulk_edit_id = ${id} and r.record_id = o.id`,
  );
  await rowsOf(
    ctx,
    SQL`update bulk_edits set changed = changed + ${count('changed')}, unchanged = unchanged + ${count('unchanged')},
          refused = refused + ${count('refused')}, undone = undone + ${count('undone')}, kept = kept + ${count('kept')},
          updated_at = ${ctx.now} where id = ${id}`,
  );
}
