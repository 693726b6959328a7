import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Actor, type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { type Executor, prepared, SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { jsonOf, type WireColumns } from '../wire.ts';
import { effectiveGrants, grantsJson } from './grants.ts';
import type { CreateKeyInput } from './identity.schema.ts';
import { requireRoleWithin } from './roles.ts';

const keyColumns: WireColumns = {
  id: ['id', 'plain'],
  name: ['name', 'plain'],
  role: ['role_key', 'plain'],
  userId: ['user_id', 'plain'],
  lastUsedAt: ['last_used_at', 'instant'],
  createdAt: ['created_at', 'instant'],
};

/** Makes an API key `thl_<id>_<secret>`; the secret is in this answer and nowhere else. Throws `key_name_taken`. */
export async function createKey(ctx: Context, input: CreateKeyInput): Promise<{ id: string; key: string }> {
  await requireRoleWithin(ctx, input.role);
  const id = newId();
  const secret = randomBytes(32).toString('base64url');
  await rowsOf(
    ctx,
    SQL`insert into api_keys (id, name, secret_hash, role_key, user_id, created_by, created_at)
        values (${id}, ${input.name}, ${sha256(secret)}, ${input.role}, ${input.userId ?? null}, ${ctx.actor.userId}, ${ctx.now})`,
  );
  emit(ctx, 'api_key.created', { keyId: id, name: input.name, role: input.role });
  return { id, key: `thl_${id.replaceAll('-', '')}_${secret}` };
}

/** JSON of all keys that work, newest first. */
export async function listKeys(ctx: Context): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(keyColumns))} order by id desc), '[]'), 'nextCursor', null)::text as json
        from api_keys where revoked_at is null`,
  );
  return row?.json ?? '';
}

/** JSON of one key that works. Throws `key_not_found`. */
export async function getKey(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(keyColumns))}::text as json from api_keys where id = ${id} and revoked_at is null`,
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

interface Caller {
  id: string;
  userId: string | null;
  secretHash: Buffer;
  stale: boolean;
  grants: Grants;
}

const byId = prepared<Caller>(
  'key_actor',
  `select k.id, k.user_id as "userId", k.secret_hash as "secretHash", ${grantsJson('r', 'k.user_id')} as grants,
     coalesce(k.last_used_at < $2::timestamptz - interval '1 minute', true) as stale
   from api_keys k join roles r on r.key = k.role_key left join users u on u.id = k.user_id
   where k.id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2) and u.disabled_at is null`,
);

const touch = prepared('key_touch', 'update api_keys set last_used_at = $2 where id = $1');

/** The actor of a key as sent by a caller; undefined when it is malformed, unknown, revoked, expired, or its user disabled. */
export async function actorOfKey(db: Executor, key: string, now: Date): Promise<Actor | undefined> {
  const match = /^thl_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/.exec(key);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const [caller] = await byId(db, [match[1], now]);
  if (caller === undefined || !timingSafeEqual(sha256(match[2]), caller.secretHash)) return undefined;
  if (caller.stale) await touch(db, [caller.id, now]);
  return { kind: 'key', id: caller.id, userId: caller.userId, grants: effectiveGrants(caller.grants) };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
