import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, conflict, notFound, stale } from '../errors.ts';
import type { Changes, Revision } from '../records.ts';
import { jsonOf, type WireColumns } from '../wire.ts';
import type { CreateUserInput, UpdateUserInput } from './identity.schema.ts';
import { requireStrong } from './password-strength.ts';
import { hashPassword } from './passwords.ts';
import { requireReach, visible } from './permissions.ts';
import { requireRoleFor } from './rights-over.ts';
import { requireRoleWithin } from './roles.ts';
import { dropSteps, endSessions } from './sessions.ts';
import { requiresFactor, signInSettings } from './sign-in-settings.ts';
import { newToken, tokenHash } from './tokens.ts';

/** A user on the wire. */
export const userColumns: WireColumns = {
  id: ['users.id', 'plain'],
  name: ['users.name', 'plain'],
  email: ['users.email', 'plain'],
  role: ['users.role_key', 'plain'],
  timeZone: ['users.time_zone', 'plain'],
  disabledAt: ['users.disabled_at', 'instant'],
  createdAt: ['users.created_at', 'instant'],
  updatedAt: ['users.updated_at', 'instant'],
  version: ['users.version', 'plain'],
};

/**
 * Makes a user. Throws `user_email_taken`, `password_common`, `password_guessable`, and `forbidden` for a role that may do what its giver
 * may not.
 */
export async function createUser(ctx: Context, input: CreateUserInput): Promise<{ id: string }> {
  await requireRoleWithin(ctx, input.role);
  return insertUser(ctx, input);
}

async function insertUser(ctx: Context, input: CreateUserInput): Promise<{ id: string }> {
  const id = newId();
  if (input.password !== undefined) await requireStrong(input.password, input);
  const hash = input.password === undefined ? null : await hashPassword(input.password);
  await rowsOf(
    ctx,
    SQL`insert into users (id, email, name, password_hash, role_key, time_zone, created_at, updated_at)
        values (${id}, ${input.email}, ${input.name}, ${hash}, ${input.role}, ${input.timeZone ?? 'UTC'}, ${ctx.now}, ${ctx.now})`,
  );
  emit(ctx, 'user.created', { userId: id, role: input.role });
  return { id };
}

/**
 * Edits a user; a disabled one is out at once. Throws `user_not_found`, also for one who was removed, `forbidden`, also to give another
 * role to, disable or enable somebody who may do what the caller may not, `version_mismatch`, and `last_admin` when nobody would be left
 * who may do everything.
 */
export async function updateUser(ctx: Context, { id, version }: Revision, patch: UpdateUserInput): Promise<void> {
  const admins = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from users where role_key = 'admin' and disabled_at is null order by id for update`,
  );
  const user = await rowOf<UserRow>(
    ctx,
    SQL`select name, time_zone as "timeZone", role_key as role, disabled_at is not null as disabled, version
        from users where id = ${id} and removed_at is null for update`,
  );
  if (user === undefined) throw notFound('user');
  const restricted = patch.role !== undefined || patch.disabled !== undefined;
  await requireReach(ctx, { object: 'user', verb: 'edit' }, { id, ownerId: restricted ? null : id });
  if (version !== undefined && version !== user.version) throw stale(user.version);
  if (restricted) await requireRoleWithin(ctx, user.role);
  if (patch.role !== undefined && patch.role !== user.role) {
    await requireRoleWithin(ctx, patch.role);
    await requireRoleFor(ctx, id, patch.role);
  }
  const next = { ...user, ...patch };
  const leaves = next.disabled || next.role !== 'admin';
  if (leaves && admins.every((admin) => admin.id === id)) {
    throw conflict('last_admin', 'This is the last admin; make another one first.');
  }
  const changes = edit(user, patch);
  if (Object.keys(changes).length === 0) return;
  await rowsOf(
    ctx,
    SQL`update users set name = ${next.name}, time_zone = ${next.timeZone}, role_key = ${next.role}, version = version + 1, updated_at = ${ctx.now},
          disabled_at = case when ${next.disabled} then coalesce(disabled_at, ${ctx.now}::timestamptz) end where id = ${id}`,
  );
  await endUnfitSessions(ctx, id, { disabled: patch.disabled ?? user.disabled, role: patch.role ?? user.role });
  emit(ctx, 'user.updated', { userId: id, changes });
}

/** A disabled user is out at once, and so is one whose new role requires a second factor that the session was begun without. */
async function endUnfitSessions(ctx: Context, id: string, { disabled, role }: Pick<UserRow, 'disabled' | 'role'>): Promise<void> {
  const settings = await signInSettings(ctx);
  if (disabled) {
    await rowsOf(ctx, SQL`delete from user_links where user_id = ${id}`);
    await dropSteps(ctx, id);
  }
  const unfit = disabled
    ? SQL`true`
    : SQL`not second_factor and method <> 'provider' and ${requiresFactor(SQL`${role}::text`, settings)}`;
  await endSessions(ctx, SQL`user_id = ${id} and ${unfit}`);
}

interface UserRow {
  name: string;
  timeZone: string;
  role: string;
  disabled: boolean;
  version: number;
}

/** What a patch changes, field by field. */
function edit(user: UserRow, patch: UpdateUserInput): Changes {
  const before = new Map<string, unknown>(Object.entries(user));
  const changed = Object.entries(patch).filter(([field, to]) => to !== before.get(field));
  return Object.fromEntries(changed.map(([field, to]) => [field, { from: before.get(field), to }]));
}

/** The JSON of a user. Throws `user_not_found`, also for one who may not be seen. */
export async function getUser(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(userColumns))}::text as json from users where id = ${id} and ${visible(ctx, 'user', 'users')}`,
  );
  if (row === undefined) throw notFound('user');
  return row.json;
}

const linkHours = 24;

/** Makes a one-time link for the first admin; earlier ones stop working. Undefined when there is an admin already. */
export async function makeSetupLink(ctx: Context): Promise<string | undefined> {
  if (!(await hasNoAdmin(ctx))) return undefined;
  const token = newToken();
  await rowsOf(ctx, SQL`delete from setup_links`);
  await rowsOf(
    ctx,
    SQL`insert into setup_links (token_hash, expires_at) values (${tokenHash(token)}, ${ctx.now}::timestamptz + make_interval(hours => ${linkHours}))`,
  );
  return token;
}

/** Makes the first admin with the token of the one-time link. Throws `setup_link_invalid`. */
export async function makeFirstAdmin(ctx: Context, token: string, admin: CreateUserInput): Promise<{ id: string }> {
  const [used] = await rowsOf(
    ctx,
    SQL`delete from setup_links where token_hash = ${tokenHash(token)} and expires_at > ${ctx.now} returning 1`,
  );
  if (used === undefined || !(await hasNoAdmin(ctx))) {
    throw new AppError('setup_link_invalid', 410, 'This link was used or has expired; restart Throughline for a new one.');
  }
  return insertUser(ctx, admin);
}

export const hasNoAdmin = async (ctx: Context): Promise<boolean> =>
  (await rowOf(ctx, SQL`select 1 from users where role_key = 'admin' limit 1`)) === undefined;

/** The address of the user who calls, or on whose behalf a key does. Throws `session_needed` when there is none. */
export async function ownAddress(ctx: Context): Promise<string> {
  const user = await rowOf<{ email: string }>(ctx, SQL`select email from users where id = ${ctx.actor.userId}`);
  if (user === undefined) throw new AppError('session_needed', 403, 'This is for people, and for keys that act as one.');
  return user.email;
}

/** Ends every session of a user, and every sign-in that is half way in; they may sign in again. Throws `user_not_found`, `forbidden`. */
export async function signOutUser(ctx: Context, id: string): Promise<void> {
  const user = await rowOf<{ role: string }>(ctx, SQL`select role_key as role from users where id = ${id}`);
  if (user === undefined) throw notFound('user');
  await requireReach(ctx, { object: 'user', verb: 'edit' }, { id, ownerId: null });
  await requireRoleWithin(ctx, user.role);
  await dropSteps(ctx, id);
  await endSessions(ctx, SQL`user_id = ${id}`);
}
