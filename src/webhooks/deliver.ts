import { type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import type { EventType } from '../events.ts';
import type { OutboundAnswer, OutboundFailure, OutboundRequest } from '../ports.ts';
import { shownData } from '../seen-events.ts';
import { nextAttemptDelayMs, outcomeOf, retryAfterMs } from './retry.rules.ts';
import type { SealedSecrets } from './secrets.ts';
import { signStandard } from './signature.rules.ts';

/** A delivery that waits for its next attempt, with where it goes and what it says. */
export interface WaitingDelivery {
  id: string;
  endpointId: string;
  eventId: string;
  url: string;
  /** The endpoint is neither switched off nor deleted. */
  usable: boolean;
  nextAttemptAt: Date;
  sealed: SealedSecrets;
  body: string | null;
}

interface DeliveryRow extends Omit<WaitingDelivery, 'sealed' | 'nextAttemptAt' | 'body'>, Omit<SealedSecrets, 'id'> {
  nextAttemptAt: string;
  testBody: string | null;
  type: EventType | null;
  at: string | null;
  data: Record<string, unknown> | null;
  fields: Grants['fields'] | null;
}

/** The delivery, unless it is settled. Its body is the same bytes at every attempt; null when the event is not kept any more. */
export async function waitingDelivery(ctx: Context, id: string): Promise<WaitingDelivery | undefined> {
  const row = await rowOf<DeliveryRow>(
    ctx,
    SQL`select d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", d.next_attempt_at as "nextAttemptAt", d.test_body as "testBody",
          e.url, e.disabled_at is null and e.deleted_at is null as usable, e.secret, e.previous_secret as "previousSecret",
          e.previous_secret_until as "previousSecretUntil", v.type, v.data,
          to_char(v.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, roles.fields
        from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id left join events v on v.id = d.event_id
          left join users u on u.id = e.owner_id left join roles on roles.key = coalesce(e.role_key, u.role_key)
        where d.id = ${id} and d.state = 'pending'`,
  );
  if (row === undefined) return undefined;
  const { secret, previousSecret, previousSecretUntil, testBody, type, at, data, fields, ...rest } = row;
  const owner = { grants: { permissions: {}, capabilities: [], fields: fields ?? {} } };
  const shown =
    type === null || data === null ? null : JSON.stringify({ type, timestamp: at, data: shownData(owner, { type, data }) });
  const body = testBody ?? shown;
  const sealed = { id: row.endpointId, secret, previousSecret, previousSecretUntil };
  return { ...rest, nextAttemptAt: new Date(row.nextAttemptAt), sealed, body };
}

const timeoutMs = 15_000;

/** The signed request of an attempt at `now` (Standard Webhooks 1.0); `webhook-id` is the event's id, the same over retries. */
export function requestOf(delivery: { eventId: string; body: string }, secrets: readonly string[], now: Date): OutboundRequest {
  const { eventId: id, body } = delivery;
  const timestamp = Math.floor(now.getTime() / 1_000);
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Throughline-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signStandard({ id, timestamp, body, secrets }),
    },
    body,
    timeoutMs,
  };
}

interface Settled {
  state: 'pending' | 'delivered' | 'failed' | 'gone';
  attempts: number;
  againAt: Date | null;
}

/**
 * Notes an attempt and what it means: delivered, again later, given up, or an endpoint that is gone (410) and is switched off. Returns
 * when to try again; undefined when the delivery is settled.
 */
export async function recordAttempt(
  ctx: Context,
  delivery: WaitingDelivery,
  result: OutboundAnswer | OutboundFailure,
): Promise<Date | undefined> {
  const row = await rowOf<{ attempts: number; state: string }>(
    ctx,
    SQL`select attempts, state from webhook_deliveries where id = ${delivery.id} for update`,
  );
  if (row === undefined) return undefined;
  const settled = settle(result, row.attempts + 1, ctx.now);
  const status = result.ok ? result.status : null;
  const error = errorOf(result);
  await insertAttempt(ctx, delivery.id, result);
  await rowsOf(
    ctx,
    SQL`update webhook_deliveries set state = ${settled.state}, attempts = ${settled.attempts}, next_attempt_at = ${settled.againAt},
          last_status = ${status}, last_error = ${error}, settled_at = ${settled.againAt === null ? ctx.now : null}
        where id = ${delivery.id}`,
  );
  await noteHealth(ctx, delivery.endpointId, settled.state);
  return settled.againAt ?? undefined;
}

/** Gives a delivery up without an attempt: its endpoint is switched off, or its event is not kept any more. */
export async function giveUp(ctx: Context, deliveryId: string, why: string): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update webhook_deliveries set state = 'failed', next_attempt_at = null, last_error = ${why}, settled_at = ${ctx.now}
        where id = ${deliveryId} and state = 'pending'`,
  );
}

function settle(result: OutboundAnswer | OutboundFailure, attempts: number, now: Date): Settled {
  const outcome = outcomeOf(result.ok ? result.status : undefined);
  if (outcome !== 'retry') return { state: outcome, attempts, againAt: null };
  const asked = result.ok ? retryAfterMs(result.headers['retry-after'], now) : 0;
  const delayMs = nextAttemptDelayMs(attempts, Math.random(), asked);
  if (delayMs === null) return { state: 'failed', attempts, againAt: null };
  return { state: 'pending', attempts, againAt: new Date(now.getTime() + delayMs) };
}

function errorOf(result: OutboundAnswer | OutboundFailure): string | null {
  if (!result.ok) return `${result.code}: ${result.message}`.slice(0, 1_000);
  if (outcomeOf(result.status) === 'delivered') return null;
  const isRedirect = result.status >= 300 && result.status < 400;
  return isRedirect ? `answered ${result.status}; redirects are not followed` : `answered ${result.status}`;
}

async function insertAttempt(ctx: Context, deliveryId: string, result: OutboundAnswer | OutboundFailure): Promise<void> {
  const answered = result.ok ? result : undefined;
  const response = answered === undefined ? null : Buffer.from(answered.body).toString('utf8').replaceAll('\u0000', '');
  await rowsOf(
    ctx,
    SQL`insert into webhook_attempts (id, delivery_id, at, status, ms, error, response, response_truncated)
        values (${newId()}, ${deliveryId}, ${ctx.now}, ${answered?.status ?? null}, ${result.ms}, ${errorOf(result)}, ${response},
          ${answered?.truncated ?? false})`,
  );
}

const failingDaysAtMost = 5;

/** An endpoint that answers 410, or has failed without a pause for five days, is switched off. */
async function noteHealth(ctx: Context, endpointId: string, state: Settled['state']): Promise<void> {
  if (state === 'delivered') {
    await rowsOf(
      ctx,
      SQL`update webhook_endpoints set failing_since = null where id = ${endpointId} and failing_since is not null`,
    );
    return;
  }
  const reason = state === 'gone' ? 'gone' : 'failing';
  await rowsOf(
    ctx,
    SQL`update webhook_endpoints set failing_since = ${ctx.now} where id = ${endpointId} and failing_since is null`,
  );
  const disabled = await rowOf(
    ctx,
    SQL`update webhook_endpoints set disabled_at = ${ctx.now}, disabled_reason = ${reason}, version = version + 1
        where id = ${endpointId} and disabled_at is null
          and (${reason} = 'gone' or failing_since < ${ctx.now}::timestamptz - make_interval(days => ${failingDaysAtMost}))
        returning 1`,
  );
  if (disabled !== undefined) emit(ctx, 'webhook_endpoint.disabled', { endpointId, reason });
}
