import type { RowConsumer } from '../consumers.ts';
import { type Actor, type Context, type Grants, newId, rowOf, rowsOf, rowsOfNamed } from '../context.ts';
import { SQL } from '../database.ts';
import { effectiveGrants, grantsJson, type Scopes } from '../identity/grants.ts';
import type { LogEvent } from '../log.ts';
import { enqueue } from '../queues.ts';
import { seenEvents } from '../seen-events.ts';

interface Subscriber {
  id: string;
  userId: string | null;
  grants: Grants;
  scopes: Scopes | null;
}

/** The log's consumer that makes a delivery of each live event for each endpoint that wants it and whose owner may read it, once. */
export const webhooksConsumer: RowConsumer = {
  kind: 'rows',
  name: 'webhooks',
  types: null,
  history: false,
  async relevant(ctx, events) {
    const endpoints = await rowsOfNamed<{ types: string[] | null }>(
      ctx,
      'webhook_types',
      SQL`select distinct event_types as types from webhook_endpoints where disabled_at is null and deleted_at is null`,
    );
    const wanted = ({ type }: LogEvent) => endpoints.some(({ types }) => types === null || types.includes(type));
    return new Set(events.filter(wanted).map(({ id }) => id));
  },
  async handle(ctx, event) {
    for (const { id, userId, grants, scopes } of await subscribersOf(ctx, event)) {
      const owner: Actor = { kind: 'user', id: userId, userId, grants: effectiveGrants(grants, scopes) };
      if ((await seenEvents({ ...ctx, actor: owner }, [event])).length === 0) continue;
      const { id: eventId, type: eventType, position } = event;
      await addDelivery(ctx, id, { eventId, eventType, position });
    }
  },
};

/** Endpoints are older than the events they get: connecting one sets nothing off. */
const subscribersOf = (ctx: Context, event: LogEvent): Promise<Subscriber[]> =>
  rowsOf<Subscriber>(
    ctx,
    SQL`select e.id, e.owner_id as "userId", ${SQL.raw(grantsJson('roles', 'e.owner_id'))} as grants, e.scopes
        from webhook_endpoints e left join users on users.id = e.owner_id
        join roles on roles.key = coalesce(e.role_key, users.role_key)
        where e.disabled_at is null and e.deleted_at is null and users.disabled_at is null and e.created_at <= ${event.at}
          and (e.event_types is null or ${event.type} = any(e.event_types))`,
  );

/** An event for an endpoint; a test event has its body with it, and no place in the log. */
export interface NewDelivery {
  eventId: string;
  eventType: string;
  position?: number;
  testBody?: string;
}

/** Adds a delivery and its job. The same event for the same endpoint again changes nothing. Returns the id of the one added. */
export async function addDelivery(ctx: Context, endpointId: string, event: NewDelivery): Promise<string | undefined> {
  const row = await rowOf<{ id: string }>(
    ctx,
    SQL`insert into webhook_deliveries (id, endpoint_id, event_id, event_type, event_position, test_body, next_attempt_at, created_at)
        values (${newId()}, ${endpointId}, ${event.eventId}, ${event.eventType}, ${event.position ?? null}, ${event.testBody ?? null},
          ${ctx.now}, ${ctx.now})
        on conflict (endpoint_id, event_id) do nothing returning id`,
  );
  if (row === undefined) return undefined;
  await enqueue(ctx, { queue: 'webhook-out', key: `delivery:${row.id}`, data: { deliveryId: row.id } });
  return row.id;
}
