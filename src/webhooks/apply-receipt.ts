import { logActivity } from '../activities/activities.ts';
import { type Actor, attempt, type Cause, type Context, rowOf, rowsOf, systemActor } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, unavailable } from '../errors.ts';
import type { Evaluator } from '../ports.ts';
import { isDeeper } from '../request-limits.ts';
import { type MappingOutput, readMappingOutput } from './mapping.rules.ts';
import { upsertContact } from './upsert-contact.ts';

/** A receipt that waits to be processed, with the mapping of its source as it is now. */
export interface WaitingReceipt {
  id: string;
  sourceId: string;
  headers: Record<string, unknown>;
  body: Buffer;
  receivedAt: string;
  mapping: string;
  mappingVersion: number;
}

/** The receipt, unless it is processed already or its source was deleted. */
export const waitingReceipt = (ctx: Context, id: string): Promise<WaitingReceipt | undefined> =>
  rowOf<WaitingReceipt>(
    ctx,
    SQL`select r.id, r.source_id as "sourceId", r.headers, r.body, r.received_at as "receivedAt", s.mapping,
          s.mapping_version as "mappingVersion"
        from webhook_receipts r join webhook_sources s on s.id = r.source_id where r.id = ${id} and r.state = 'received'`,
  );

/** Who applies a receipt, and what led to it: the receipt itself is the root of its chain. */
export const onBehalfOf = ({ id, sourceId }: { id: string; sourceId: string }): { actor: Actor; cause: Cause } => ({
  actor: { ...systemActor, kind: 'integration', id: sourceId },
  cause: { causeId: id, correlationId: id, origin: 'live', door: { kind: 'job' } },
});

/**
 * What the mapping makes of the payload. Throws `mapping_failed` or `payload_unreadable` with words for the mapping's author,
 * `evaluator_unavailable` when it could not be tried. No database, no transaction.
 */
export async function mapReceipt(evaluator: Evaluator, receipt: WaitingReceipt): Promise<MappingOutput> {
  const bindings = { headers: receipt.headers, receivedAt: new Date(receipt.receivedAt).toISOString(), receiptId: receipt.id };
  const evaluated = await evaluator.evaluate(receipt.mapping, payloadOf(receipt), bindings);
  if (!evaluated.ok) {
    if (evaluated.code === 'busy') throw unavailable('evaluator', evaluated.message);
    throw new AppError('mapping_failed', 422, `The mapping stopped (${evaluated.code}): ${evaluated.message}`);
  }
  const reading = readMappingOutput(evaluated.value);
  if (reading.ok) return reading.output;
  const issues = reading.issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');
  throw new AppError('mapping_failed', 422, `The mapping's result cannot be used: ${issues}`);
}

function payloadOf({ headers, body }: WaitingReceipt): unknown {
  const text = body.toString('utf8');
  if (/^application\/x-www-form-urlencoded/i.test(String(headers['content-type']))) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  const payload = parsed(text);
  if (isDeeper(payload, payloadDepth))
    throw new AppError('payload_unreadable', 422, `The payload is nested more than ${payloadDepth} levels deep.`);
  return payload;
}

/** More than any sender needs, and few enough to be handed to the evaluator. */
const payloadDepth = 100;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('payload_unreadable', 422, 'The payload is neither JSON nor a form.');
  }
}

/** Does what the mapping says, once: contact, company, activity and the receipt's new state in this transaction. */
export async function applyReceipt(ctx: Context, receipt: WaitingReceipt, output: MappingOutput): Promise<void> {
  const locked = await rowOf<{ state: string }>(ctx, SQL`select state from webhook_receipts where id = ${receipt.id} for update`);
  if (locked?.state !== 'received') return;
  const { id: receiptId, sourceId, mappingVersion } = receipt;
  if (output.skip || output.contact === undefined) {
    const error = typeof output.skip === 'string' ? output.skip : null;
    await rowsOf(
      ctx,
      SQL`update webhook_receipts set state = 'skipped', error = ${error}, mapping_version = ${mappingVersion}, processed_at = ${ctx.now} where id = ${receiptId}`,
    );
    emit(ctx, 'webhook.skipped', { receiptId, sourceId });
    return;
  }
  const { contact } = output;
  const contactId = await attempt(ctx, (inner) => upsertContact(inner, contact)).catch(unlessErased);
  if (contactId === undefined) return forget(ctx, receipt);
  const activityId = output.activity === undefined ? null : await logFor(ctx, receipt, { contactId, activity: output.activity });
  await rowsOf(
    ctx,
    SQL`update webhook_receipts set state = 'done', error = null, contact_id = ${contactId}, activity_id = ${activityId},
          mapping_version = ${mappingVersion}, processed_at = ${ctx.now} where id = ${receiptId}`,
  );
  emit(ctx, 'webhook.received', { receiptId, sourceId, contactId, activityId });
}

function unlessErased(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'contact_erased')) throw error;
}

/** It is about somebody who was erased: nothing of it is kept but that it came. */
async function forget(ctx: Context, { id, sourceId, mappingVersion }: WaitingReceipt): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update webhook_receipts set state = 'skipped', body = '', headers = '{}', error = 'The person was erased at their request.',
          mapping_version = ${mappingVersion}, processed_at = ${ctx.now} where id = ${id}`,
  );
  emit(ctx, 'webhook.skipped', { receiptId: id, sourceId });
}

function logFor(
  ctx: Context,
  receipt: WaitingReceipt,
  { contactId, activity }: { contactId: string; activity: NonNullable<MappingOutput['activity']> },
): Promise<string> {
  return logActivity(ctx, {
    type: activity.type,
    subject: activity.subject,
    description: activity.description,
    contactIds: [contactId],
    activityDate: activity.occurredAt ?? new Date(receipt.receivedAt),
    direction: 'in',
    source: 'webhook',
    sourceKey: receipt.id,
  });
}

/** Notes that a receipt could not be used, and why; it can be replayed. */
export async function failReceipt(
  ctx: Context,
  receipt: WaitingReceipt,
  error: { code: string; message: string },
): Promise<void> {
  const message = error.message.replaceAll('\u0000', '').slice(0, 2_000); // it may quote the payload, and Postgres stores no NUL
  const row = await rowOf(
    ctx,
    SQL`update webhook_receipts set state = 'failed', error = ${message}, mapping_version = ${receipt.mappingVersion},
          processed_at = ${ctx.now} where id = ${receipt.id} and state = 'received' returning 1`,
  );
  if (row !== undefined) emit(ctx, 'webhook.failed', { receiptId: receipt.id, sourceId: receipt.sourceId, code: error.code });
}
