import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { conflict, notFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import { type JsonText, json } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { enqueue } from '../queues.ts';
import { columnsOf, jsonOf, type WireColumns } from '../wire.ts';

const receiptColumns: WireColumns = columnsOf(
  'webhook_receipts',
  'id sourceId state error mappingVersion contactId activityId receivedAt:instant processedAt:instant',
);

/** A page of a source's receipts, newest first. */
export async function listReceipts(
  ctx: Context,
  sourceId: string,
  page: PageRequest & { state?: string | undefined },
): Promise<JsonText> {
  await requireSource(ctx, sourceId);
  const where = [SQL`webhook_receipts.source_id = ${sourceId}`];
  if (page.state) where.push(SQL`webhook_receipts.state = ${page.state}`);
  return listOf(ctx, page, {
    columns: receiptColumns,
    from: SQL`webhook_receipts`,
    where,
    id: 'webhook_receipts.id',
    sorts: { receivedAt: { expression: 'webhook_receipts.received_at', type: 'timestamptz' } },
    defaultSort: '-receivedAt',
  });
}

/** A receipt with what was received, as text. Throws `webhook_receipt_not_found`. */
export async function getReceipt(ctx: Context, id: string): Promise<JsonText> {
  const row = await rowOf<{ json: string; headers: unknown; body: Buffer }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(receiptColumns))}::text as json, headers, body from webhook_receipts where id = ${id} and ${ofVisibleSource(ctx)}`,
  );
  if (row === undefined) throw notFound('webhook_receipt');
  const rest = JSON.stringify({ headers: row.headers, body: row.body.toString('utf8') });
  return json(`${row.json.slice(0, -1)},${rest.slice(1)}`);
}

/**
 * Puts a receipt through the current mapping once more. What it has made already is updated, never made twice. Throws
 * `webhook_receipt_not_found`, 409 `webhook_receipt_waiting` when it was not processed yet.
 */
export async function replayReceipt(ctx: Context, id: string): Promise<void> {
  const row = await rowOf<{ state: string }>(
    ctx,
    SQL`select state from webhook_receipts where id = ${id} and ${ofVisibleSource(ctx)} for update`,
  );
  if (row === undefined) throw notFound('webhook_receipt');
  if (row.state === 'received') throw conflict('webhook_receipt_waiting', 'This receipt is waiting to be processed already.');
  await rowsOf(ctx, SQL`update webhook_receipts set state = 'received', error = null, processed_at = null where id = ${id}`);
  await enqueue(ctx, { queue: 'webhook-in', key: `receipt:${id}`, data: { receiptId: id } });
}

const rejectionColumns: WireColumns = {
  ...columnsOf('webhook_rejections', 'id reason headers'),
  body: ["replace(encode(webhook_rejections.body, 'escape'), '\\\\', '\\')", 'plain'],
  ...columnsOf('webhook_rejections', 'rejectedAt:instant'),
};

/** The newest samples of what a source's address has refused; bytes beyond ASCII show as octal escapes. */
export async function listRejections(ctx: Context, sourceId: string, page: PageRequest): Promise<JsonText> {
  await requireSource(ctx, sourceId);
  return listOf(ctx, page, {
    columns: rejectionColumns,
    from: SQL`webhook_rejections`,
    where: [SQL`webhook_rejections.source_id = ${sourceId}`],
    id: 'webhook_rejections.id',
    sorts: { rejectedAt: { expression: 'webhook_rejections.rejected_at', type: 'timestamptz' } },
    defaultSort: '-rejectedAt',
  });
}

async function requireSource(ctx: Context, id: string): Promise<void> {
  const source = await rowOf(
    ctx,
    SQL`select 1 from webhook_sources where id = ${id} and deleted_at is null and ${visible(ctx, 'webhook_source', 'webhook_sources')}`,
  );
  if (source === undefined) throw notFound('webhook_source');
}

const ofVisibleSource = (ctx: Context) =>
  SQL`source_id in (select id from webhook_sources where ${visible(ctx, 'webhook_source', 'webhook_sources')})`;
