import type { RawBuilder } from 'kysely';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, referenceNotFound } from '../errors.ts';
import { endSessions } from './sessions.ts';
import type { SignInSettingsInput } from './sign-in.schema.ts';

const defaults: SignInSettingsInput = { passwordSignIn: true, secondFactorRoles: [] };

/** The id of the hub itself in the log. */
const systemId = '00000000-0000-0000-0000-000000000000';

/** Stands for every role, also those that are made later. */
const everyRole = '*';

/** SQL of whether a role, given as SQL, requires a second factor of those who sign in by password. */
export const requiresFactor = (role: RawBuilder<unknown>, { secondFactorRoles }: SignInSettingsInput): RawBuilder<boolean> =>
  secondFactorRoles.includes(everyRole) ? SQL<boolean>`true` : SQL<boolean>`${role} = any(${secondFactorRoles}::text[])`;

/** How people may sign in. */
export async function signInSettings(ctx: Context): Promise<SignInSettingsInput> {
  const row = await rowOf<{ value: Partial<SignInSettingsInput> }>(ctx, SQL`select value from settings where key = 'sign_in'`);
  return { ...defaults, ...row?.value };
}

/**
 * Sets how people may sign in. Who has a role that now requires a second factor and came without one is signed out. Throws
 * `second_factor_missing` when that would be the caller, and `no_provider` when nobody could sign in any more but by the command line.
 */
export async function setSignInSettings(ctx: Context, settings: SignInSettingsInput): Promise<void> {
  const before = await signInSettings(ctx);
  await requireRoles(ctx, settings.secondFactorRoles);
  if (!settings.passwordSignIn && before.passwordSignIn) await requireProvider(ctx);
  await requireOwnFactor(ctx, settings);
  await rowsOf(
    ctx,
    SQL`insert into settings (key, value, updated_at) values ('sign_in', ${JSON.stringify(settings)}, ${ctx.now})
        on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
  );
  await endSessions(
    ctx,
    SQL`not second_factor and method <> 'provider'
    and user_id in (select id from users where ${requiresFactor(SQL`role_key`, settings)})`,
  );
  emit(ctx, 'system.settings_updated', { systemId, changes: { signIn: { from: before, to: settings } } });
}

async function requireRoles(ctx: Context, roles: readonly string[]): Promise<void> {
  const named = roles.filter((role) => role !== everyRole);
  const found = await rowsOf(ctx, SQL`select 1 from roles where key = any(${named})`);
  if (found.length !== new Set(named).size) throw referenceNotFound('secondFactorRoles');
}

/** Throws `no_provider` when passwords are switched off and no provider is left: nobody could sign in any more but by the command line. */
export async function requireAnotherWay(ctx: Context): Promise<void> {
  const { passwordSignIn } = await signInSettings(ctx);
  if (!passwordSignIn) await requireProvider(ctx);
}

/** Holds the provider, so that it is not switched off meanwhile. */
async function requireProvider(ctx: Context): Promise<void> {
  const provider = await rowOf(ctx, SQL`select 1 from identity_providers where enabled order by id limit 1 for update`);
  if (provider === undefined) throw conflict('no_provider', 'Set up a provider to sign in with first.');
}

async function requireOwnFactor(ctx: Context, settings: SignInSettingsInput): Promise<void> {
  const missing = await rowOf(
    ctx,
    SQL`select 1 from users where id = ${ctx.actor.userId} and ${requiresFactor(SQL`role_key`, settings)}
          and not exists (select 1 from second_factors f where f.user_id = users.id and f.confirmed_at is not null)`,
  );
  if (missing !== undefined) throw conflict('second_factor_missing', 'Set up your own second factor first.');
}
