import { type Context, rowOf, rowsOf, systemActor } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, notFound } from '../errors.ts';
import { attemptFailed, attemptSucceeded, beginAttempt, subjectsOf } from './attempts.ts';
import { requireReach } from './permissions.ts';
import type { ProviderAnswer, ProviderChecks, ProviderClient } from './provider.ports.ts';
import type { ProviderRule } from './provider.schema.ts';
import { nameOf, type Standing, standingOf, verifiedAddress } from './provider-claims.rules.ts';
import { redirectPath, secretPlace } from './providers.ts';
import { requireRoleWithin } from './roles.ts';
import { type Entry, enter } from './sign-in.ts';
import { addMember, removeMember } from './teams.ts';
import { createUser, updateUser } from './users.ts';

/** A provider as a sign-in needs it. */
export interface Provider {
  id: string;
  client: ProviderClient;
  allowedDomains: string[];
  defaultRole: string | null;
  rules: ProviderRule[];
}

/** The enabled providers as the sign-in page offers them. */
export const offeredProviders = (ctx: Context): Promise<{ key: string; name: string }[]> =>
  rowsOf(ctx, SQL`select key, name from identity_providers where enabled order by name collate people, id`);

/** A provider that is enabled, with its secret. `base` is the hub's own address. Throws `provider_not_found`. */
export async function findProvider(ctx: Context, key: string, base: string): Promise<Provider> {
  const row = await rowOf<Omit<Provider, 'client'> & Omit<ProviderClient, 'clientSecret'> & { secret: Buffer | null }>(
    ctx,
    SQL`select id, issuer, client_id as "clientId", client_secret as secret, scope, allowed_domains as "allowedDomains",
          default_role as "defaultRole", required_acr as "requiredAcr", required_amr as "requiredAmr", max_age_seconds as "maxAgeSeconds",
          coalesce((select json_agg(json_build_object('claim', claim, 'value', value, 'role', role, 'teamId', team_id) order by position)
            from provider_rules where provider_id = identity_providers.id), '[]') as rules
        from identity_providers where key = ${key} and enabled`,
  );
  if (row === undefined) throw notFound('provider');
  const { secret, issuer, clientId, scope, requiredAcr, requiredAmr, maxAgeSeconds, ...provider } = row;
  const strength = { requiredAcr, requiredAmr, maxAgeSeconds };
  const clientSecret = secret === null ? null : ctx.ports.secrets.open(secret, secretPlace(row.id));
  return { ...provider, client: { issuer, clientId, clientSecret, scope, ...strength, redirectUri: base + redirectPath(key) } };
}

const flowMinutes = 10;
const flowPlace = (providerId: string) => ['identity_providers', providerId, 'sign_in'] as const;

/** What a browser keeps while it is away at the provider: sealed, and good for one provider and ten minutes. */
export function sealFlow(ctx: Context, providerId: string, checks: ProviderChecks): { cookie: string; maxAgeSeconds: number } {
  const endsAt = ctx.now.getTime() + flowMinutes * 60_000;
  const sealed = ctx.ports.secrets.seal(JSON.stringify({ checks, endsAt }), flowPlace(providerId));
  return { cookie: sealed.toString('base64url'), maxAgeSeconds: flowMinutes * 60 };
}

/** Opens it. Undefined when it is of another provider or hub, was changed, or has expired. */
export function openFlow(ctx: Context, providerId: string, cookie: string | undefined): ProviderChecks | undefined {
  try {
    const text = ctx.ports.secrets.open(Buffer.from(cookie ?? '', 'base64url'), flowPlace(providerId));
    const { checks, endsAt } = JSON.parse(text) as { checks: ProviderChecks; endsAt: number }; // sealed just above
    return endsAt > ctx.now.getTime() ? checks : undefined;
  } catch {
    return undefined;
  }
}

const subjects = (ctx: Context): string[] => subjectsOf(ctx, 'provider').slice(1);

/** Counts an attempt against the address that it comes from. Throws `sign_in_slowed`. */
export const beginProviderAttempt = (ctx: Context): Promise<void> => beginAttempt(ctx, subjects(ctx));

/** Writes down that a provider's answer was not taken. */
export const providerAttemptFailed = (ctx: Context): void => attemptFailed(ctx, 'provider', undefined);

const refusals = {
  email_unverified: 'The provider does not vouch for your address: it sent none that is verified.',
  no_account: 'There is no account for you here; ask an admin to invite you.',
  no_role: 'None of your groups at the provider has a role here.',
  other_subject: 'Your address belongs to an account that is linked to another person at this provider; ask an admin.',
  disabled: 'Your account is disabled.',
} as const;
type Refusal = keyof typeof refusals;

/** 401 for whom a provider knows and this hub does not let in. */
export const notLetIn = (refusal: Refusal): AppError => new AppError(`provider_${refusal}`, 401, refusals[refusal]);

/**
 * Lets in whom a provider vouches for: the user that is linked to them, else the one of their verified address, else a new one when its
 * domain is allowed. Their role and teams become what the rules say. A refusal is written down in this transaction, so it must commit.
 */
export async function enterFromProvider(
  ctx: Context,
  provider: Provider,
  { subject, claims }: ProviderAnswer,
): Promise<Entry | { refused: Refusal }> {
  const asProvider = { ...ctx, actor: { ...systemActor, kind: 'integration' as const, id: provider.id } };
  const standing = standingOf(claims, provider.rules);
  const found = await userOf(asProvider, provider, { subject, claims, standing });
  const userId = 'userId' in found ? found.userId : undefined;
  const entry = userId === undefined ? undefined : await enter(ctx, userId, 'provider');
  if (entry === undefined) {
    attemptFailed(ctx, 'provider', userId);
    return { refused: 'refused' in found ? found.refused : 'disabled' };
  }
  await attemptSucceeded(ctx, subjects(ctx));
  return entry;
}

type Found = { userId: string } | { refused: Refusal };
type Somebody = ProviderAnswer & { standing: Standing };

async function userOf(ctx: Context, provider: Provider, somebody: Somebody): Promise<Found> {
  const { standing } = somebody;
  const role = standing.role ?? provider.defaultRole;
  if (role === null && standing.rolesAreRuled) return { refused: 'no_role' };
  const found = (await linked(ctx, provider, somebody)) ?? (await byAddress(ctx, provider, somebody));
  if ('refused' in found) return found;
  if (standing.rolesAreRuled && role !== null) await giveRole(ctx, found.userId, role);
  for (const team of standing.teams) await addMember(ctx, team, found.userId);
  for (const team of standing.otherTeams) await leaveTeam(ctx, team, found.userId);
  return found;
}

async function linked(ctx: Context, { id }: Provider, { subject }: Somebody): Promise<Found | undefined> {
  const user = await rowOf<{ userId: string; disabled: boolean }>(
    ctx,
    SQL`select u.id as "userId", u.disabled_at is not null as disabled from provider_identities i join users u on u.id = i.user_id
        where i.provider_id = ${id} and i.subject = ${subject}`,
  );
  return user?.disabled ? { refused: 'disabled' } : user;
}

async function byAddress(ctx: Context, provider: Provider, { subject, claims, standing }: Somebody): Promise<Found> {
  const address = verifiedAddress(provider.client.issuer, claims);
  if (address === undefined) return { refused: 'email_unverified' };
  const user = await rowOf<{ id: string; disabled: boolean; linkedElsewhere: boolean }>(
    ctx,
    SQL`select id, disabled_at is not null as disabled, exists (select 1 from provider_identities i where i.user_id = users.id and i.provider_id = ${provider.id}) as "linkedElsewhere"
        from users where lower(email) = ${address.email} for update`,
  );
  // Addresses are given to other people when somebody leaves.
  if (user?.linkedElsewhere) return { refused: 'other_subject' };
  if (user?.disabled) return { refused: 'disabled' };
  const userId = user?.id ?? (await newUser(ctx, provider, { ...address, claims, standing }));
  if (userId === undefined) return { refused: 'no_account' };
  await rowsOf(
    ctx,
    SQL`insert into provider_identities (provider_id, subject, user_id) values (${provider.id}, ${subject}, ${userId})`,
  );
  emit(ctx, 'user.provider_linked', { userId, providerId: provider.id });
  return { userId };
}

async function newUser(
  ctx: Context,
  provider: Provider,
  { email, domain, claims, standing }: Omit<Somebody, 'subject'> & { email: string; domain: string },
): Promise<string | undefined> {
  const role = standing.role ?? provider.defaultRole;
  if (role === null || !provider.allowedDomains.includes(domain)) return undefined;
  return (await createUser(ctx, { name: nameOf(claims, email), email, role })).id;
}

/** Gives a role, save that the last admin stays one: they alone could make another. */
async function giveRole(ctx: Context, userId: string, role: string): Promise<void> {
  try {
    await updateUser(ctx, { id: userId }, { role });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'last_admin')) throw error;
    ctx.log.warn({ userId, role }, 'the last admin keeps the role, whatever the provider says');
  }
}

async function leaveTeam(ctx: Context, team: string, userId: string): Promise<void> {
  const member = await rowOf(ctx, SQL`select 1 from team_members where team_id = ${team} and user_id = ${userId}`);
  if (member !== undefined) await removeMember(ctx, team, userId);
}

/** Forgets whom a user is at every provider; their next sign-in links them anew. Throws `user_not_found`, `forbidden`. */
export async function unlinkUser(ctx: Context, userId: string): Promise<void> {
  const user = await rowOf<{ role: string }>(ctx, SQL`select role_key as role from users where id = ${userId} for update`);
  if (user === undefined) throw notFound('user');
  await requireReach(ctx, { object: 'user', verb: 'edit' }, { id: userId, ownerId: null });
  await requireRoleWithin(ctx, user.role);
  const gone = await rowsOf<{ providerId: string }>(
    ctx,
    SQL`delete from provider_identities where user_id = ${userId} returning provider_id as "providerId"`,
  );
  for (const { providerId } of gone) emit(ctx, 'user.provider_unlinked', { userId, providerId });
}
