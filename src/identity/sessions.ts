import { createHash, randomBytes } from 'node:crypto';
import { type Actor, type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { type Executor, prepared, SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { effectiveGrants, grantsJson } from './grants.ts';

/** Name of the session cookie. */
export const sessionCookie = 'throughline_session';

const idleDays = 14;
const absoluteDays = 90;

/** Starts a session of a user. Returns the token for the cookie; only its SHA-256 is stored. */
export async function startSession(ctx: Context, userId: string): Promise<{ token: string; maxAgeSeconds: number }> {
  const token = randomBytes(32).toString('base64url');
  const { address, userAgent } = ctx.cause.door;
  await rowsOf(
    ctx,
    SQL`insert into sessions (id, token_hash, user_id, created_at, seen_at, expires_at, ends_at, address, user_agent)
        values (${newId()}, ${sha256(token)}, ${userId}, ${ctx.now}, ${ctx.now}, ${ctx.now}::timestamptz + make_interval(days => ${idleDays}),
          ${ctx.now}::timestamptz + make_interval(days => ${absoluteDays}), ${address ?? null}, ${userAgent?.slice(0, 300) ?? null})`,
  );
  emit(ctx, 'user.signed_in', { userId });
  return { token, maxAgeSeconds: absoluteDays * 86_400 };
}

/** Ends the session of a token. */
export async function endSession(ctx: Context, token: string): Promise<void> {
  const row = await rowOf<{ userId: string }>(
    ctx,
    SQL`delete from sessions where token_hash = ${sha256(token)} returning user_id as "userId"`,
  );
  if (row !== undefined) emit(ctx, 'user.signed_out', { userId: row.userId });
}

interface Caller {
  id: string;
  secretHash: Buffer;
  grants: Grants;
}

const bySession = prepared<Caller>(
  'session_actor',
  `select users.id, sessions.token_hash as "secretHash", ${grantsJson('roles', 'users.id')} as grants
   from sessions join users on users.id = sessions.user_id join roles on roles.key = users.role_key
   where sessions.token_hash = $1 and sessions.expires_at > $2 and sessions.ends_at > $2 and users.disabled_at is null`,
);

const rollSession = prepared(
  'session_roll',
  `update sessions set seen_at = $2, expires_at = least(ends_at, $2::timestamptz + make_interval(days => ${idleDays}))
   where token_hash = $1 and seen_at < $2::timestamptz - interval '1 hour'`,
);

/** The user of a session cookie; undefined when it is unknown, expired, or its user disabled. Rolls the session on, at most hourly. */
export async function actorOfSession(db: Executor, token: string, now: Date): Promise<Actor | undefined> {
  const [caller] = await bySession(db, [sha256(token), now]);
  if (caller === undefined) return undefined;
  await rollSession(db, [caller.secretHash, now]);
  return { kind: 'user', id: caller.id, userId: caller.id, grants: effectiveGrants(caller.grants) };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
