import { attempt, type Context, entities } from '../context.ts';
import type { Customisable } from '../custom-fields.ts';
import { AppError, invalidField, isUnavailable, problemOf } from '../errors.ts';
import { type JsonText, json } from '../json-text.ts';
import { readRecords } from '../lists.ts';
import { refer } from '../refer.ts';
import { type Restore, upsert } from '../upserts.ts';
import type { BatchInput, OperationInput } from './batch.schema.ts';
import { editables } from './editable.ts';

interface Result {
  status: number;
  id?: string;
  problem?: object;
}

/** What is done, and how what is deleted is brought back. */
interface Doing {
  operations: readonly OperationInput[];
  restore: Restore;
}

/**
 * Does up to 200 operations through the ordinary deeds, in their order, in one transaction. One that is refused leaves no trace and does
 * not stop the others; with `atomic` it undoes them all, and the refusal names its `index`. Pointers lead into the whole request.
 */
export async function runBatch(ctx: Context, object: Customisable, { atomic, ...batch }: BatchInput & Doing): Promise<JsonText> {
  // As a rule nothing is refused: a savepoint around each operation would cost two trips more for every one.
  const results = await attempt(ctx, (inner) => performAll(inner, object, batch)).catch((error: unknown) => {
    if (!(error instanceof AppError) || isUnavailable(error)) throw error;
    return performEach(ctx, object, { ...batch, atomic });
  });
  const ids = results.flatMap(({ id, status }) => (id === undefined || status === 204 ? [] : [id]));
  const records = await readRecords(ctx, editables[object].type, ids);
  return json(`{"results":[${results.map((result) => resultJson(result, records)).join(',')}]}`);
}

async function performAll(ctx: Context, object: Customisable, { operations, restore }: Doing): Promise<Result[]> {
  const results: Result[] = [];
  for (const operation of operations) {
    results.push(await perform(ctx, object, { operation, restore }));
    await forget(ctx);
  }
  return results;
}

/** With a savepoint around each operation, so that a refusal undoes that one alone. */
async function performEach(
  ctx: Context,
  object: Customisable,
  { operations, restore, atomic }: BatchInput & Doing,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      results.push(await attempt(ctx, (inner) => perform(inner, object, { operation, restore })));
    } catch (error) {
      if (!(error instanceof AppError) || isUnavailable(error)) throw error;
      const refusal = within(error, index);
      if (atomic) throw refusal;
      results.push({ status: refusal.status, problem: problemOf(refusal) });
    }
    await forget(ctx);
  }
  return results;
}

/** Empties the unit of work, else every flush compares all records of the batch so far. */
async function forget(ctx: Context): Promise<void> {
  const em = await entities(ctx);
  await em.flush();
  em.clear();
}

async function perform(
  ctx: Context,
  object: Customisable,
  { operation, restore }: { operation: OperationInput; restore: Restore },
): Promise<Result> {
  const { type, create, edit, remove, upsertable } = editables[object];
  switch (operation.op) {
    case 'create':
      return { status: 201, id: await create(ctx, operation.data) };
    case 'update': {
      const { id, version } = await refer(ctx, operation, { id: { type } });
      await edit(ctx, { id, version }, operation.data);
      return { status: 200, id };
    }
    case 'delete': {
      const { id, version } = await refer(ctx, operation, { id: { type } });
      await remove(ctx, { id, version });
      return { status: 204, id };
    }
    case 'upsert': {
      const { match, version, data: values } = operation;
      if (operation.restore && match.externalId === undefined) {
        throw invalidField('/match/externalId', 'required', 'restore goes with a match by externalId alone.');
      }
      const asked = operation.restore ? restore : undefined;
      const { id, made } = await upsert(ctx, upsertable, { match, pointer: '/match', values, version, restore: asked });
      return { status: made ? 201 : 200, id };
    }
  }
}

/** A refusal as one of the batch: it says which operation, and its pointers lead there. */
function within(error: AppError, index: number): AppError {
  const errors = error.details.errors?.map((one) => {
    const part = /^\/(match|id\/match)(\/|$)/.test(one.pointer) ? '' : '/data';
    return { ...one, pointer: `/operations/${index}${part}${one.pointer}` };
  });
  const details = { ...error.details, index, ...(errors === undefined ? {} : { errors }) };
  return new AppError(error.code, error.status, error.message, details, error);
}

/** A record that the caller does not see, or that a later operation deleted, is not shown. */
function resultJson({ status, id, problem }: Result, records: ReadonlyMap<string, string>): string {
  const plain = JSON.stringify({ status, id, problem });
  const record = id === undefined ? undefined : records.get(id);
  return record === undefined ? plain : `${plain.slice(0, -1)},"record":${record}}`;
}
