import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { conflict, notFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { enqueue } from '../queues.ts';
import { columnsOf, jsonOf, type WireColumns } from '../wire.ts';
import { addDelivery } from './outbox.ts';

const deliveryColumns: WireColumns = columnsOf(
  'webhook_deliveries',
  'id endpointId eventId eventType eventPosition state attempts nextAttemptAt:instant lastStatus lastError createdAt:instant settledAt:instant',
);

/** A page of an endpoint's deliveries, newest first. Throws `webhook_endpoint_not_found`. */
export async function listDeliveries(
  ctx: Context,
  endpointId: string,
  page: PageRequest & { state?: string | undefined },
): Promise<JsonText> {
  await requireEndpoint(ctx, endpointId);
  const where = [SQL`webhook_deliveries.endpoint_id = ${endpointId}`];
  if (page.state) where.push(SQL`webhook_deliveries.state = ${page.state}`);
  return listOf(ctx, page, {
    columns: deliveryColumns,
    from: SQL`webhook_deliveries`,
    where,
    id: 'webhook_deliveries.id',
    sorts: { createdAt: { expression: 'webhook_deliveries.created_at', type: 'timestamptz' } },
    defaultSort: '-createdAt',
  });
}

/** The JSON of a delivery. Throws `webhook_delivery_not_found`. */
export async function getDelivery(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(deliveryColumns))}::text as json from webhook_deliveries
        where webhook_deliveries.id = ${id} and ${ofVisibleEndpoint(ctx)}`,
  );
  if (row === undefined) throw notFound('webhook_delivery');
  return row.json;
}

const attemptColumns = columnsOf('webhook_attempts', 'id at:instant status ms error response responseTruncated');

/** A page of a delivery's attempts, newest first. Throws `webhook_delivery_not_found`. */
export async function listAttempts(ctx: Context, deliveryId: string, page: PageRequest): Promise<JsonText> {
  await getDelivery(ctx, deliveryId);
  return listOf(ctx, page, {
    columns: attemptColumns,
    from: SQL`webhook_attempts`,
    where: [SQL`webhook_attempts.delivery_id = ${deliveryId}`],
    id: 'webhook_attempts.id',
    sorts: { at: { expression: 'webhook_attempts.at', type: 'timestamptz' } },
    defaultSort: '-at',
  });
}

/**
 * Sends a delivery once more, now, with the same `webhook-id`; its schedule of retries begins anew. Throws `webhook_delivery_not_found`,
 * 409 `webhook_endpoint_disabled`.
 */
export async function redeliver(ctx: Context, id: string): Promise<void> {
  const row = await rowOf<{ usable: boolean }>(
    ctx,
    SQL`select e.disabled_at is null and e.deleted_at is null as usable from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
        where d.id = ${id} and d.endpoint_id in (select id from webhook_endpoints where ${visible(ctx, 'webhook_endpoint', 'webhook_endpoints')})
        for update of d`,
  );
  if (row === undefined) throw notFound('webhook_delivery');
  if (!row.usable) throw endpointDisabled();
  await rowsOf(
    ctx,
    SQL`update webhook_deliveries set state = 'pending', attempts = 0, next_attempt_at = ${ctx.now}, settled_at = null where id = ${id}`,
  );
  await enqueue(ctx, { queue: 'webhook-out', key: `delivery:${id}`, data: { deliveryId: id } });
}

/** Sends an event `webhook.test` to an endpoint. Returns the delivery's id. Throws `webhook_endpoint_not_found`, 409 `webhook_endpoint_disabled`. */
export async function sendTest(ctx: Context, endpointId: string): Promise<string> {
  const { disabled } = await requireEndpoint(ctx, endpointId);
  if (disabled) throw endpointDisabled();
  const eventType = 'webhook.test';
  const testBody = JSON.stringify({ type: eventType, timestamp: ctx.now.toISOString(), data: { endpointId } });
  const id = await addDelivery(ctx, endpointId, { eventId: newId(), eventType, testBody });
  if (id === undefined) throw new Error('a new event has no delivery yet');
  return id;
}

const endpointDisabled = () =>
  conflict('webhook_endpoint_disabled', 'The endpoint is switched off; switch it on with PATCH { "disabled": false } first.');

async function requireEndpoint(ctx: Context, id: string): Promise<{ disabled: boolean }> {
  const endpoint = await rowOf<{ disabled: boolean }>(
    ctx,
    SQL`select disabled_at is not null as disabled from webhook_endpoints
        where id = ${id} and deleted_at is null and ${visible(ctx, 'webhook_endpoint', 'webhook_endpoints')}`,
  );
  if (endpoint === undefined) throw notFound('webhook_endpoint');
  return endpoint;
}

const ofVisibleEndpoint = (ctx: Context) =>
  SQL`endpoint_id in (select id from webhook_endpoints where ${visible(ctx, 'webhook_endpoint', 'webhook_endpoints')})`;
