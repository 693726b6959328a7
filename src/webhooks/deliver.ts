import { type Actor, type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { effectiveGrants, grantsJson, type Scopes } from '../identity/grants.ts';
import type { LogEvent } from '../log.ts';
import type { OutboundAnswer, OutboundFailure, OutboundRequest } from '../ports.ts';
import { seenEvents } from '../seen-events.ts';
import { nextAttemptDelayMs, outcomeOf, retryAfterMs } from './retry.rules.ts';
import type { SealedSecrets } from './secrets.ts';
import { signStandard } from './signature.rules.ts';

/** A delivery that waits for its next attempt, with where it goes and what it says. */
export interface WaitingDelivery {
  id: string;
  endpointId: string;
  eventId: string;
  url: string;
  /** Why it is not to be sent: then there is no body. */
  refusal: string | undefined;
  nextAttemptAt: Date;
  sealed: SealedSecrets;
  body: string | null;
}

interface DeliveryRow extends Omit<WaitingDelivery, 'sealed' | 'nextAttemptAt' | 'body' | 'refusal'>, Omit<SealedSecrets, 'id'> {
  nextAttemptAt: string;
  usable: boolean;
  testBody: string | null;
  event: LogEvent | null;
  userId: string | null;
  grants: Grants;
  scopes: Scopes | null;
}

/**
 * The delivery, unless it is settled. What it says is what the endpoint's owner may see at this attempt: nothing, when the endpoint is
 * switched off or its owner out, when the event is not kept any more, or when its record is theirs to see no more.
 */
export async function waitingDelivery(ctx: Context, id: string): Promise<WaitingDelivery | undefined> {
  const row = await rowOf<DeliveryRow>(
    ctx,
    SQL`select d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", d.next_attempt_at as "nextAttemptAt", d.test_body as "testBody",
          e.url, e.disabled_at is null and e.deleted_at is null and u.disabled_at is null as usable, e.secret,
          e.previous_secret as "previousSecret", e.previous_secret_until as "previousSecretUntil",
          case when v.id is not null then json_build_object('type', v.type, 'recordId', v.record_id, 'data', v.data,
            'at', to_char(v.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as event,
          e.owner_id as "userId", ${SQL.raw(grantsJson('roles', 'e.owner_id'))} as grants, e.scopes
        from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id left join events v on v.id = d.event_id
          left join users u on u.id = e.owner_id left join roles on roles.key = coalesce(e.role_key, u.role_key)
        where d.id = ${id} and d.state = 'pending'`,
  );
  if (row === undefined) return undefined;
  const { secret, previousSecret, previousSecretUntil, testBody, usable, event, userId, grants, scopes, ...rest } = row;
  const sealed = { id: row.endpointId, secret, previousSecret, previousSecretUntil };
  const owner: Actor = { kind: 'user', id: userId, userId, grants: effectiveGrants(grants, scopes) };
  const [shown] = event === null ? [] : await seenEvents({ ...ctx, actor: owner }, [event]);
  const body = testBody ?? (shown && JSON.stringify({ type: shown.type, timestamp: shown.at, data: shown.data })) ?? null;
  const unsaid = event === null ? 'the event is not kept any more' : 'the owner of the endpoint may not see this any more';
  const refusal = usable ? (body === null ? unsaid : undefined) : 'the endpoint is switched off, or its owner disabled';
  return { ...rest, nextAttemptAt: new Date(row.nextAttemptAt), sealed, refusal, body };
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
