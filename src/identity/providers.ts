import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { invalidField, notFound, referenceNotFound, stale } from '../errors.ts';
import type { Changes, Revision } from '../records.ts';
import { columnsOf, jsonOf, type WireColumns } from '../wire.ts';
import { isOfManyTenants } from './issuer.rules.ts';
import type { CreateProviderInput, ProviderRule, UpdateProviderInput } from './provider.schema.ts';
import { requireRoleWithin } from './roles.ts';
import { requireAnotherWay } from './sign-in-settings.ts';

/** Where in the page a browser comes back to. Each provider has an address of its own, so that none can answer for another. */
export const redirectPath = (key: string): string => `/sign-in/provider/${key}`;

/** Where a provider's client secret is sealed for. */
export const secretPlace = (id: string) => ['identity_providers', id, 'client_secret'] as const;

const rulesOfRow = `coalesce((select json_agg(json_build_object('claim', r.claim, 'value', r.value, 'role', r.role, 'teamId', r.team_id)
  order by r.position) from provider_rules r where r.provider_id = identity_providers.id), '[]')`;

const providerColumns: WireColumns = {
  ...columnsOf('identity_providers', 'id key name issuer clientId'),
  hasSecret: ['identity_providers.client_secret is not null', 'plain'],
  ...columnsOf('identity_providers', 'scope allowedDomains defaultRole'),
  rules: [rulesOfRow, 'plain'],
  ...columnsOf('identity_providers', 'requiredAcr requiredAmr maxAgeSeconds enabled createdAt:instant updatedAt:instant version'),
};

/** A provider as the API shows it, save for where it is to lead back to. */
export interface ShownProvider {
  key: string;
  [column: string]: unknown;
}

const shown = SQL<ShownProvider>`${SQL.raw(jsonOf(providerColumns))}`;

/** All providers by name, without their secrets. There are few. */
export const listProviders = async (ctx: Context): Promise<ShownProvider[]> =>
  (
    await rowsOf<{ provider: ShownProvider }>(
      ctx,
      SQL`select ${shown} as provider from identity_providers order by name collate people, id`,
    )
  ).map(({ provider }) => provider);

/** A provider without its secret. Throws `provider_not_found`. */
export async function getProvider(ctx: Context, id: string): Promise<ShownProvider> {
  const row = await rowOf<{ provider: ShownProvider }>(
    ctx,
    SQL`select ${shown} as provider from identity_providers where id = ${id}`,
  );
  if (row === undefined) throw notFound('provider');
  return row.provider;
}

/**
 * Adds a provider to sign in with. It is a way into every account, so only who may do everything sets it up. Throws `provider_key_taken`,
 * `issuer_of_many_tenants`, `reference_not_found`, `forbidden`.
 */
export async function createProvider(ctx: Context, input: CreateProviderInput): Promise<string> {
  await requireRoleWithin(ctx, 'admin');
  requireOneTenant(input.issuer);
  await requireReferences(ctx, input);
  const id = newId();
  const secret = sealed(ctx, id, input.clientSecret);
  await rowsOf(
    ctx,
    SQL`insert into identity_providers (id, key, name, issuer, client_id, client_secret, scope, allowed_domains, default_role,
          required_acr, required_amr, max_age_seconds, enabled, created_at, updated_at)
        values (${id}, ${input.key}, ${input.name}, ${input.issuer}, ${input.clientId}, ${secret}, ${input.scope}, ${input.allowedDomains},
          ${input.defaultRole}, ${input.requiredAcr}, ${input.requiredAmr}, ${input.maxAgeSeconds}, ${input.enabled}, ${ctx.now}, ${ctx.now})`,
  );
  await writeRules(ctx, id, input.rules);
  emit(ctx, 'system.provider_changed', { providerId: id, name: input.name, change: 'created' });
  return id;
}

const ownTenant = 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0';

function requireOneTenant(issuer: string): void {
  if (!isOfManyTenants(issuer)) return;
  const message = `${issuer} stands for many organisations: name your own tenant, such as ${ownTenant}.`;
  throw invalidField('/issuer', 'issuer_of_many_tenants', message);
}

interface ProviderRow {
  name: string;
  clientId: string;
  scope: string;
  allowedDomains: string[];
  defaultRole: string | null;
  requiredAcr: string[];
  requiredAmr: string[];
  maxAgeSeconds: number | null;
  enabled: boolean;
  rules: ProviderRule[];
  version: number;
}

/**
 * Edits a provider. Throws `provider_not_found`, `version_mismatch`, `reference_not_found`, `forbidden`, and `no_provider` when nobody could
 * sign in any more but by the command line.
 */
export async function updateProvider(ctx: Context, { id, version }: Revision, patch: UpdateProviderInput): Promise<void> {
  await requireRoleWithin(ctx, 'admin');
  const row = await lockProvider(ctx, id);
  if (version !== undefined && version !== row.version) throw stale(row.version);
  await requireReferences(ctx, patch);
  const { clientSecret, ...given } = patch;
  const changes = changesOf(row, given);
  if (Object.keys(changes).length === 0 && clientSecret === undefined) return;
  const next = { ...row, ...given } as ProviderRow; // what is not given is not there at all
  await rowsOf(
    ctx,
    SQL`update identity_providers set name = ${next.name}, client_id = ${next.clientId}, scope = ${next.scope}, allowed_domains = ${next.allowedDomains},
          default_role = ${next.defaultRole}, required_acr = ${next.requiredAcr}, required_amr = ${next.requiredAmr},
          max_age_seconds = ${next.maxAgeSeconds}, enabled = ${next.enabled}, version = version + 1, updated_at = ${ctx.now} where id = ${id}`,
  );
  if (clientSecret !== undefined)
    await rowsOf(ctx, SQL`update identity_providers set client_secret = ${sealed(ctx, id, clientSecret)} where id = ${id}`);
  if (patch.rules !== undefined) await writeRules(ctx, id, patch.rules);
  if (!next.enabled) await requireAnotherWay(ctx);
  const secretChanged = clientSecret === undefined ? {} : { secretChanged: true };
  emit(ctx, 'system.provider_changed', { providerId: id, name: next.name, change: 'updated', changes, ...secretChanged });
}

/** Deletes a provider and its links to users, who stay. Throws `provider_not_found`, `forbidden`, `no_provider`. */
export async function deleteProvider(ctx: Context, id: string): Promise<void> {
  await requireRoleWithin(ctx, 'admin');
  const { name } = await lockProvider(ctx, id);
  await rowsOf(ctx, SQL`delete from identity_providers where id = ${id}`);
  await requireAnotherWay(ctx);
  emit(ctx, 'system.provider_changed', { providerId: id, name, change: 'deleted' });
}

async function lockProvider(ctx: Context, id: string): Promise<ProviderRow> {
  const row = await rowOf<ProviderRow>(
    ctx,
    SQL`select name, client_id as "clientId", scope, allowed_domains as "allowedDomains", default_role as "defaultRole",
          required_acr as "requiredAcr", required_amr as "requiredAmr", max_age_seconds as "maxAgeSeconds", enabled, version,
          ${SQL.raw(rulesOfRow)} as rules from identity_providers where id = ${id} for update`,
  );
  if (row === undefined) throw notFound('provider');
  return row;
}

const sealed = (ctx: Context, id: string, secret: string | null): Buffer | null =>
  secret === null ? null : ctx.ports.secrets.seal(secret, secretPlace(id));

async function requireReferences(ctx: Context, { defaultRole, rules = [] }: UpdateProviderInput): Promise<void> {
  const roles = new Set((await rowsOf<{ key: string }>(ctx, SQL`select key from roles`)).map(({ key }) => key));
  const teams = new Set((await rowsOf<{ id: string }>(ctx, SQL`select id from teams`)).map(({ id }) => id));
  if (typeof defaultRole === 'string' && !roles.has(defaultRole)) throw referenceNotFound('defaultRole');
  for (const [at, { role, teamId }] of rules.entries()) {
    if (typeof role === 'string' && !roles.has(role)) throw referenceNotFound(`rules/${at}/role`);
    if (typeof teamId === 'string' && !teams.has(teamId)) throw referenceNotFound(`rules/${at}/teamId`);
  }
}

async function writeRules(ctx: Context, id: string, rules: readonly ProviderRule[]): Promise<void> {
  await rowsOf(ctx, SQL`delete from provider_rules where provider_id = ${id}`);
  if (rules.length === 0) return;
  await rowsOf(
    ctx,
    SQL`insert into provider_rules (provider_id, position, claim, value, role, team_id)
        select ${id}, r.position, r.claim, r.value, r.role, r.team_id
        from json_to_recordset(${JSON.stringify(rules.map((rule, position) => ({ position, ...rule, team_id: rule.teamId })))}::json)
          as r(position int, claim text, value text, role text, team_id uuid)`,
  );
}

function changesOf(row: ProviderRow, given: Omit<UpdateProviderInput, 'clientSecret'>): Changes {
  const before = new Map<string, unknown>(Object.entries(row));
  const plain = (rules: unknown) => JSON.stringify(rules);
  const changed = Object.entries(normal(given)).filter(([field, to]) => plain(before.get(field)) !== plain(to));
  return Object.fromEntries(changed.map(([field, to]) => [field, { from: before.get(field), to }]));
}

/** Rules as they are stored: what a rule does not give is null. */
function normal({ rules, ...given }: Omit<UpdateProviderInput, 'clientSecret'>): Record<string, unknown> {
  if (rules === undefined) return given;
  return { ...given, rules: rules.map(({ claim, value, role = null, teamId = null }) => ({ claim, value, role, teamId })) };
}
