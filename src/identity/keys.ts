import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Actor, type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { type Executor, SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { invalidField, notFound } from '../errors.ts';
import { prepared } from '../plans.ts';
import { jsonOf, type WireColumns } from '../wire.ts';
import { effectiveGrants, grantsJson, type Scopes } from './grants.ts';
import type { CreateKeyInput } from './identity.schema.ts';
import { requireMailOf, requireStandIn } from './rights-over.ts';
import { requireRoleWithin } from './roles.ts';

const keyColumns: WireColumns = {
  id: ['api_keys.id', 'plain'],
  name: ['api_keys.name', 'plain'],
  role: ['coalesce(users.role_key, api_keys.role_key)', 'plain'],
  userId: ['api_keys.user_id', 'plain'],
  scopes: ['api_keys.scopes', 'plain'],
  expiresAt: ['api_keys.expires_at', 'instant'],
  lastUsedAt: ['api_keys.last_used_at', 'instant'],
  createdAt: ['api_keys.created_at', 'instant'],
};

/**
 * Makes an API key `thl_<id>_<secret>`; the secret is in this answer and nowhere else. It is a service of its own with a role, or acts as
 * a user with theirs; scopes narrow either. Throws `key_name_taken`, and `forbidden` for a role, or a user, that may do what its giver may not.
 */
export async function createKey(ctx: Context, input: CreateKeyInput): Promise<{ id: string; key: string }> {
  const { name, userId = null, scopes = null, expiresAt = null } = input;
  const role = userId === null ? input.role : await roleOf(ctx, userId);
  if (role === undefined) throw invalidField('/role', 'role_needed', 'A key that acts as no user needs a role of its own.');
  if (expiresAt !== null && new Date(expiresAt) <= ctx.now)
    throw invalidField('/expiresAt', 'expires_in_the_past', 'expiresAt must lie in the future.');
  await requireRoleWithin(ctx, role);
  if (userId !== null) await requireActingAs(ctx, userId);
  const id = newId();
  const secret = newSecret();
  await rowsOf(
    ctx,
    SQL`insert into api_keys (id, name, secret_hash, role_key, user_id, scopes, expires_at, created_by, created_at)
        values (${id}, ${name}, ${sha256(secret)}, ${userId === null ? role : null}, ${userId},
          ${scopes === null ? null : JSON.stringify(scopes)}, ${expiresAt}, ${ctx.actor.userId}, ${ctx.now})`,
  );
  emit(ctx, 'api_key.created', { keyId: id, name, role });
  return { id, key: spelled(id, secret) };
}

async function requireActingAs(ctx: Context, userId: string): Promise<void> {
  await requireStandIn(ctx, userId);
  await requireMailOf(ctx, userId);
}

async function roleOf(ctx: Context, userId: string): Promise<string> {
  const row = await rowOf<{ role: string }>(ctx, SQL`select role_key as role from users where id = ${userId}`);
  if (row === undefined) throw invalidField('/userId', 'reference_not_found', 'userId points to a record that does not exist.');
  return row.role;
}

const live = SQL`api_keys left join users on users.id = api_keys.user_id where api_keys.revoked_at is null`;

/** JSON of all keys that work, newest first. */
export async function listKeys(ctx: Context): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(keyColumns))} order by api_keys.id desc), '[]'), 'nextCursor', null)::text as json
        from ${live}`,
  );
  return row?.json ?? '';
}

/** JSON of one key that works. Throws `key_not_found`. */
export async function getKey(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(keyColumns))}::text as json from ${live} and api_keys.id = ${id}`,
  );
  if (row === undefined) throw notFound('key');
  return row.json;
}

/** Ends a key at once. Throws `key_not_found`. */
export async function revokeKey(ctx: Context, id: string): Promise<void> {
  const row = await rowOf(
    ctx,
    SQL`update api_keys set revoked_at = ${ctx.now} where id = ${id} and revoked_at is null returning 1`,
  );
  if (row === undefined) throw notFound('key');
  emit(ctx, 'api_key.revoked', { keyId: id });
}

/**
 * Gives a key a new secret; the one before works for `overlapHours` more, so that programs can be changed over one by one. Returns the
 * key as it is spelled from now on. Throws `key_not_found`, and `forbidden` as `createKey`.
 */
export async function rotateKey(ctx: Context, id: string, overlapHours: number): Promise<string> {
  const row = await rowOf<{ role: string; userId: string | null }>(
    ctx,
    SQL`select coalesce(users.role_key, api_keys.role_key) as role, api_keys.user_id as "userId" from ${live} and api_keys.id = ${id} for update of api_keys`,
  );
  if (row === undefined) throw notFound('key');
  await requireRoleWithin(ctx, row.role);
  if (row.userId !== null) await requireActingAs(ctx, row.userId);
  const secret = newSecret();
  await rowsOf(
    ctx,
    SQL`update api_keys set previous_secret_hash = secret_hash, secret_hash = ${sha256(secret)},
          previous_secret_until = ${ctx.now}::timestamptz + make_interval(hours => ${overlapHours}) where id = ${id}`,
  );
  emit(ctx, 'api_key.rotated', { keyId: id, overlapHours });
  return spelled(id, secret);
}

const newSecret = (): string => randomBytes(32).toString('base64url');
const spelled = (id: string, secret: string): string => `thl_${id.replaceAll('-', '')}_${secret}`;

interface Caller {
  id: string;
  userId: string | null;
  secretHash: Buffer;
  previousSecretHash: Buffer | null;
  stale: boolean;
  grants: Grants;
  scopes: Scopes | null;
}

const byId = prepared<Caller>(
  'key_actor',
  `select k.id, k.user_id as "userId", k.secret_hash as "secretHash", ${grantsJson('r', 'k.user_id')} as grants, k.scopes,
     case when k.previous_secret_until > $2 then k.previous_secret_hash end as "previousSecretHash",
     coalesce(k.last_used_at < $2::timestamptz - interval '1 minute', true) as stale
   from api_keys k left join users u on u.id = k.user_id join roles r on r.key = coalesce(u.role_key, k.role_key)
   where k.id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2) and u.disabled_at is null`,
);

/** Who a key is, and whether its last use is to be noted. */
export interface FoundKey {
  actor: Actor;
  stale: boolean;
}

const spelling = /^thl_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/** Which key something shown says to be; undefined when it is not spelled as one. */
export const keyIdOf = (shown: string): string | undefined => spelling.exec(shown)?.[1];

/** The actor of a key as sent by a caller; undefined when it is malformed, unknown, revoked, expired, or its user disabled. */
export async function actorOfKey(db: Executor, key: string, now: Date): Promise<FoundKey | undefined> {
  const match = spelling.exec(key);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const [caller] = await byId(db, [match[1], now]);
  if (caller === undefined) return undefined;
  const given = sha256(match[2]);
  const known = [caller.secretHash, caller.previousSecretHash].filter((hash) => hash !== null);
  if (!known.some((hash) => timingSafeEqual(given, hash))) return undefined;
  const { id, userId, grants, scopes, stale } = caller;
  return { actor: { kind: 'key', id, userId, grants: effectiveGrants(grants, scopes) }, stale };
}

/** Notes that a key was used now, at most once a minute; the first use of a day is in the log. */
export async function noteKeyUse(ctx: Context, id: string): Promise<void> {
  const row = await rowOf<{ fresh: boolean }>(
    ctx,
    SQL`with before as (select id, last_used_at from api_keys where id = ${id} for update)
        update api_keys set last_used_at = ${ctx.now} from before
        where api_keys.id = before.id and coalesce(before.last_used_at < ${ctx.now}::timestamptz - interval '1 minute', true)
        returning (before.last_used_at at time zone 'UTC')::date is distinct from (${ctx.now}::timestamptz at time zone 'UTC')::date as fresh`,
  );
  if (row?.fresh) emit(ctx, 'api_key.used', { keyId: id });
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
