import { type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { vetField } from '../dialer.ts';
import { emit } from '../emit.ts';
import { invalid, invalidField, notFound, stale } from '../errors.ts';
import { catalogue } from '../events.ts';
import { effectiveGrants, requireWithin, type Scopes } from '../identity/grants.ts';
import { visible } from '../identity/permissions.ts';
import { requireStandIn } from '../identity/rights-over.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import type { Dialer } from '../ports.ts';
import { type Changes, type Revision, recordJson } from '../records.ts';
import { columnsOf, type WireColumns } from '../wire.ts';
import { newSecret, rotationHours, sealSecret } from './secrets.ts';
import type { CreateEndpointInput, UpdateEndpointInput } from './webhook-endpoint.schema.ts';

const endpointColumns: WireColumns = columnsOf(
  'webhook_endpoints',
  'id url description eventTypes ownerId disabledAt:instant disabledReason failingSince:instant createdAt:instant updatedAt:instant version',
);

/** The JSON of an endpoint. Throws `webhook_endpoint_not_found`. */
export const getEndpoint = (ctx: Context, id: string): Promise<string> =>
  recordJson(ctx, { object: 'webhook_endpoint', table: 'webhook_endpoints', columns: endpointColumns }, id);

/** A page of endpoints, newest first. */
export const listEndpoints = (ctx: Context, page: PageRequest): Promise<JsonText> =>
  listOf(ctx, page, {
    columns: endpointColumns,
    from: SQL`webhook_endpoints`,
    where: [visible(ctx, 'webhook_endpoint', 'webhook_endpoints'), SQL`webhook_endpoints.deleted_at is null`],
    id: 'webhook_endpoints.id',
    sorts: { createdAt: { expression: 'webhook_endpoints.created_at', type: 'timestamptz' } },
    defaultSort: '-createdAt',
  });

/**
 * Checks the address of an endpoint before it is saved: a public host, or one that `ALLOW_PRIVATE_HOSTS` names; https, except for the
 * latter. Throws 400 for `url`. Resolves the name, so it is called outside of any transaction.
 */
export async function checkUrl(dialer: Dialer, text: string): Promise<void> {
  const url = new URL(text);
  if (url.username || url.password) {
    throw invalidField('/url', 'url_with_password', 'url must hold no user name or password; deliveries are signed instead.');
  }
  const { allowed } = await vetField(dialer, url.hostname, '/url');
  if (url.protocol !== 'https:' && !allowed) {
    throw invalidField('/url', 'https_required', 'url must begin with https://, unless ALLOW_PRIVATE_HOSTS names its host.');
  }
}

/**
 * Makes an endpoint; its secret is in this answer and nowhere else. What it gets is what its maker may read: the role of the key that
 * made it, or the present role of the user. Throws 400 for an unknown event type.
 */
export async function createEndpoint(ctx: Context, input: CreateEndpointInput): Promise<{ id: string; secret: string }> {
  const id = newId();
  const secret = newSecret('standard');
  const eventTypes = input.eventTypes ?? null;
  requireKnownTypes(eventTypes);
  const keyId = ctx.actor.kind === 'key' ? ctx.actor.id : null;
  await rowsOf(
    ctx,
    SQL`insert into webhook_endpoints (id, url, description, event_types, secret, owner_id, role_key, scopes, created_at, updated_at)
        values (${id}, ${input.url}, ${input.description ?? null}, ${eventTypes}::text[], ${sealSecret(ctx, 'webhook_endpoints', { id, secret })},
          ${ctx.actor.userId}, (select role_key from api_keys where id = ${keyId}),
          (select scopes from api_keys where id = ${keyId}), ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'webhook_endpoint.created', { endpointId: id, eventTypes });
  return { id, secret };
}

function requireKnownTypes(eventTypes: readonly string[] | null): void {
  const unknown = (eventTypes ?? []).flatMap((type, index) => (Object.hasOwn(catalogue, type) ? [] : [{ type, index }]));
  if (unknown.length === 0) return;
  throw invalid(
    unknown.map(({ type, index }) => ({
      pointer: `/eventTypes/${index}`,
      code: 'unknown_event_type',
      message: `There is no event type ${type}.`,
    })),
  );
}

interface EndpointRow {
  url: string;
  description: string | null;
  eventTypes: string[] | null;
  disabled: boolean;
  version: number;
}

/**
 * Edits an endpoint; switching it on forgets its failures. Throws `webhook_endpoint_not_found`, `version_mismatch`, 400, and `forbidden` for
 * one that gets what its editor may not see, unless it is only to be switched off.
 */
export async function updateEndpoint(ctx: Context, revision: Revision, patch: UpdateEndpointInput): Promise<void> {
  const before = await lockEndpoint(ctx, revision);
  const { version: _, ...was } = before;
  const after: typeof was = { ...was, ...(patch as Partial<typeof was>) };
  requireKnownTypes(after.eventTypes);
  const changes: Changes = {};
  for (const field of ['url', 'description', 'eventTypes', 'disabled'] as const) {
    if (JSON.stringify(after[field]) !== JSON.stringify(was[field])) changes[field] = { from: was[field], to: after[field] };
  }
  if (Object.keys(changes).length === 0) return;
  if (changes.url !== undefined || changes.eventTypes !== undefined || changes.disabled?.to === false)
    await requireAll(ctx, revision.id);
  await rowsOf(
    ctx,
    SQL`update webhook_endpoints set url = ${after.url}, description = ${after.description}, event_types = ${after.eventTypes}::text[],
          disabled_at = case when ${after.disabled} then coalesce(disabled_at, ${ctx.now}) end,
          disabled_reason = case when ${after.disabled} then coalesce(disabled_reason, 'user') end,
          failing_since = case when ${after.disabled} then failing_since end, updated_at = ${ctx.now}, version = version + 1
        where id = ${revision.id}`,
  );
  emit(ctx, 'webhook_endpoint.updated', { endpointId: revision.id, changes });
}

/** Gives an endpoint a new secret; for 24 hours deliveries carry signatures of both. Throws as `updateEndpoint`. */
export async function rotateEndpointSecret(ctx: Context, revision: Revision): Promise<string> {
  await lockEndpoint(ctx, revision);
  const { id } = revision;
  await requireAll(ctx, id);
  const secret = newSecret('standard');
  await rowsOf(
    ctx,
    SQL`update webhook_endpoints set previous_secret = secret,
          previous_secret_until = ${ctx.now}::timestamptz + make_interval(hours => ${rotationHours}),
          secret = ${sealSecret(ctx, 'webhook_endpoints', { id, secret })}, updated_at = ${ctx.now}, version = version + 1
        where id = ${id}`,
  );
  emit(ctx, 'webhook_endpoint.secret_rotated', { endpointId: id });
  return secret;
}

/** Deletes an endpoint; what was on its way is not sent any more. Throws as `updateEndpoint`. */
export async function deleteEndpoint(ctx: Context, revision: Revision): Promise<void> {
  await lockEndpoint(ctx, revision);
  await rowsOf(
    ctx,
    SQL`update webhook_endpoints set deleted_at = ${ctx.now}, secret = '', previous_secret = null, version = version + 1 where id = ${revision.id}`,
  );
  emit(ctx, 'webhook_endpoint.deleted', { endpointId: revision.id });
}

/** Throws `forbidden` unless the actor may see all that an endpoint gets: to lead it elsewhere is to read it. */
async function requireAll(ctx: Context, id: string): Promise<void> {
  const row = await rowOf<{ ownerId: string | null; grants: Grants; scopes: Scopes | null }>(
    ctx,
    SQL`select e.owner_id as "ownerId", e.scopes,
          json_build_object('permissions', roles.permissions, 'capabilities', roles.capabilities, 'fields', roles.fields) as grants
        from webhook_endpoints e left join users on users.id = e.owner_id
        join roles on roles.key = coalesce(e.role_key, users.role_key) where e.id = ${id}`,
  );
  if (row === undefined) return;
  requireWithin(ctx.actor, effectiveGrants(row.grants, row.scopes));
  if (row.ownerId !== null) await requireStandIn(ctx, row.ownerId);
}

async function lockEndpoint(ctx: Context, { id, version }: Revision): Promise<EndpointRow> {
  const endpoint = await rowOf<EndpointRow>(
    ctx,
    SQL`select url, description, event_types as "eventTypes", disabled_at is not null as disabled, version from webhook_endpoints
        where id = ${id} and deleted_at is null and ${visible(ctx, 'webhook_endpoint', 'webhook_endpoints')} for update`,
  );
  if (endpoint === undefined) throw notFound('webhook_endpoint');
  if (version !== undefined && version !== endpoint.version) throw stale(endpoint.version);
  return endpoint;
}
