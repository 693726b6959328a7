import { createHash, randomBytes } from 'node:crypto';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, conflict, notFound, stale } from '../errors.ts';
import type { Changes, Revision } from '../records.ts';
import { jsonOf, type WireColumns } from '../wire.ts';
import type { CreateUserInput, UpdateUserInput } from './identity.schema.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { requireReach, visible } from './permissions.ts';
import { requireRoleWithin } from './roles.ts';

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

/** Makes a user. Throws `user_email_taken`, and `forbidden` for a role that may do what its giver may not. */
export async function createUser(ctx: Context, input: CreateUserInput): Promise<{ id: string }> {
  await requireRoleWithin(ctx, input.role);
  return insertUser(ctx, input);
}

async function insertUser(ctx: Context, input: CreateUserInput): Promise<{ id: string }> {
  const id = newId();
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
 * Edits a user; a disabled one is out at once. Throws `user_not_found`, `forbidden`, `version_mismatch`, and `last_admin` when nobody
 * would be left who may do everything.
 */
export async function updateUser(ctx: Context, { id, version }: Revision, patch: UpdateUserInput): Promise<void> {
  const admins = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from users where role_key = 'admin' and disabled_at is null order by id for update`,
  );
  const user = await rowOf<UserRow>(
    ctx,
    SQL`select name, time_zone as "timeZone", role_key as role, disabled_at is not null as disabled, version from users where id = ${id} for update`,
  );
  if (user === undefined) throw notFound('user');
  const restricted = patch.role !== undefined || patch.disabled !== undefined;
  await requireReach(ctx, { object: 'user', verb: 'edit' }, { id, ownerId: restricted ? null : id });
  if (version !== undefined && version !== user.version) throw stale(user.version);
  if (patch.role !== undefined && patch.role !== user.role) await requireRoleWithin(ctx, patch.role);
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
  if (next.disabled) await rowsOf(ctx, SQL`delete from sessions where user_id = ${id}`);
  emit(ctx, 'user.updated', { userId: id, changes });
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

/** Makes a one-time link for the first admin; earlier ones stop working. Undefined when there is a user already. */
export async function makeSetupLink(ctx: Context): Promise<string | undefined> {
  if (!(await hasNoUsers(ctx))) return undefined;
  const token = randomBytes(24).toString('base64url');
  await rowsOf(ctx, SQL`delete from setup_links`);
  await rowsOf(
    ctx,
    SQL`insert into setup_links (token_hash, expires_at) values (${sha256(token)}, ${ctx.now}::timestamptz + make_interval(hours => ${linkHours}))`,
  );
  return token;
}

/** Makes the first admin with the token of the one-time link. Throws `setup_link_invalid`. */
export async function makeFirstAdmin(ctx: Context, token: string, admin: CreateUserInput): Promise<{ id: string }> {
  const [used] = await rowsOf(
    ctx,
    SQL`delete from setup_links where token_hash = ${sha256(token)} and expires_at > ${ctx.now} returning 1`,
  );
  if (used === undefined || !(await hasNoUsers(ctx))) {
    throw new AppError('setup_link_invalid', 410, 'This link was used or has expired; restart Throughline for a new one.');
  }
  return insertUser(ctx, admin);
}

export const hasNoUsers = async (ctx: Context): Promise<boolean> =>
  (await rowOf(ctx, SQL`select 1 from users limit 1`)) === undefined;

/** What sign-in needs of a user. */
export interface SignedInUser {
  id: string;
  passwordHash: string | null;
  disabled: boolean;
}

/**
 * Who signs in with these words; undefined when they are wrong, without a hint which. A failure is counted in this transaction, so it
 * must commit. Throws `sign_in_slowed` (429) for an account or address with many failures.
 */
export async function checkPassword(ctx: Context, email: string, password: string): Promise<SignedInUser | undefined> {
  const subjects = [`account:${email.toLowerCase()}`, `address:${ctx.cause.door.address ?? 'unknown'}`];
  await refuseWhenSlowed(ctx, subjects);
  const user = await rowOf<SignedInUser>(
    ctx,
    SQL`select id, password_hash as "passwordHash", disabled_at is not null as disabled from users where lower(email) = ${email.toLowerCase()}`,
  );
  const right = await verifyPassword(password, user?.passwordHash ?? null);
  if (user !== undefined && right && !user.disabled) {
    await rowsOf(ctx, SQL`delete from sign_in_failures where subject = ${subjects[0]}`);
    return user;
  }
  await rowsOf(
    ctx,
    SQL`insert into sign_in_failures as f (subject, failures, last_at) select subject, 1, ${ctx.now} from unnest(${subjects}::text[]) as subject
        on conflict (subject) do update set last_at = excluded.last_at,
          failures = case when f.last_at < excluded.last_at - interval '1 hour' then 1 else f.failures + 1 end`,
  );
  if (user !== undefined) emit(ctx, 'user.sign_in_failed', { userId: user.id });
  return undefined;
}

/** Failures that cost nothing: an address may stand for a whole office, an account is one person's. */
const freeFailures = (subject: string): number => (subject.startsWith('account:') ? 4 : 20);

/** Seconds to wait after so many failures: none for the free ones, then doubling up to five minutes. */
const waitAfter = (failures: number, free: number): number => (failures <= free ? 0 : Math.min(300, 2 ** (failures - free)));

async function refuseWhenSlowed(ctx: Context, subjects: string[]): Promise<void> {
  const rows = await rowsOf<{ subject: string; failures: number; secondsAgo: number }>(
    ctx,
    SQL`select subject, failures, extract(epoch from ${ctx.now}::timestamptz - last_at)::float8 as "secondsAgo"
        from sign_in_failures where subject = any(${subjects}) and last_at > ${ctx.now}::timestamptz - interval '1 hour'`,
  );
  const waits = rows.map((row) => Math.ceil(waitAfter(row.failures, freeFailures(row.subject)) - row.secondsAgo));
  const retryAfterSeconds = Math.max(0, ...waits);
  if (retryAfterSeconds > 0) {
    throw new AppError('sign_in_slowed', 429, 'Too many attempts; wait a little and try again.', { retryAfterSeconds });
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
