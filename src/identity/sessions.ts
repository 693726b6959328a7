import type { RawBuilder } from 'kysely';
import { type Actor, type Context, type Grants, newId, rowOf, rowsOf } from '../context.ts';
import { type Executor, SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, notFound } from '../errors.ts';
import { prepared } from '../plans.ts';
import { jsonOf, type WireColumns } from '../wire.ts';
import type { Method } from './attempts.ts';
import { effectiveGrants, grantsJson } from './grants.ts';
import { newToken, tokenHash } from './tokens.ts';

/** Name of the session cookie. */
export const sessionCookie = 'throughline_session';

const idleDays = 14;
const absoluteDays = 90;

/** How a session came to be. */
export interface Entrance {
  userId: string;
  method: Method;
  /** Whether a second factor was given too. */
  secondFactor: boolean;
}

/** A session as its user gets it: the token for the cookie, of which only the hash is stored. */
export interface Session {
  token: string;
  maxAgeSeconds: number;
}

/** Starts a session of a user. */
export async function startSession(ctx: Context, { userId, method, secondFactor }: Entrance): Promise<Session> {
  const token = newToken();
  const { address, userAgent } = ctx.cause.door;
  await rowsOf(
    ctx,
    SQL`insert into sessions (id, token_hash, user_id, created_at, seen_at, expires_at, ends_at, address, user_agent, method, second_factor)
        values (${newId()}, ${tokenHash(token)}, ${userId}, ${ctx.now}, ${ctx.now}, ${ctx.now}::timestamptz + make_interval(days => ${idleDays}),
          ${ctx.now}::timestamptz + make_interval(days => ${absoluteDays}), ${address ?? null}, ${userAgent?.slice(0, 300) ?? null},
          ${method}, ${secondFactor})`,
  );
  emit(ctx, 'user.signed_in', { userId, method });
  return { token, maxAgeSeconds: absoluteDays * 86_400 };
}

/** Ends the sessions for which a condition on `sessions` holds; whoever used them is out at once. */
export async function endSessions(ctx: Context, condition: RawBuilder<unknown>): Promise<number> {
  const ended = await rowsOf<{ userId: string }>(ctx, SQL`delete from sessions where ${condition} returning user_id as "userId"`);
  for (const userId of new Set(ended.map((row) => row.userId))) emit(ctx, 'user.signed_out', { userId });
  return ended.length;
}

/** Ends the sign-ins of a user that wait for their second step. */
export const dropSteps = (ctx: Context, userId: string) => rowsOf(ctx, SQL`delete from sign_in_steps where user_id = ${userId}`);

/** Ends the session of a token. */
export const endSession = (ctx: Context, token: string): Promise<number> =>
  endSessions(ctx, SQL`token_hash = ${tokenHash(token)}`);

/** How long a proof of who one is counts. */
const provenMinutes = 10;

/**
 * Throws `session_needed` for a key, of whose scopes none speaks of sessions, and `proof_needed` unless the caller has proven who they are
 * within this session in the last minutes: by beginning it, or by `noteProof`.
 */
export async function requireProof(ctx: Context, token: string | undefined): Promise<void> {
  requireSession(ctx);
  const proven = await rowOf(
    ctx,
    SQL`select 1 from sessions where token_hash = ${tokenHash(token ?? '')} and user_id = ${ctx.actor.userId}
          and coalesce(proven_at, created_at) > ${ctx.now}::timestamptz - make_interval(mins => ${provenMinutes})`,
  );
  if (proven !== undefined) return;
  throw new AppError('proof_needed', 403, 'Show once more that it is you: POST /session/proof, or sign in again.');
}

/** Notes that the caller has just proven who they are. */
export const noteProof = (ctx: Context, token: string | undefined) =>
  rowsOf(ctx, SQL`update sessions set proven_at = ${ctx.now} where token_hash = ${tokenHash(token ?? '')}`);

/** Throws `session_needed` for a key, where only a person may. */
export function requireSession({ actor }: Context): void {
  if (actor.kind !== 'user') throw new AppError('session_needed', 403, 'This is for people who are signed in, not for keys.');
}

/** Ends one of the caller's own sessions. Throws `session_not_found`. */
export async function revokeSession(ctx: Context, id: string): Promise<void> {
  const ended = await endSessions(ctx, SQL`id = ${id} and user_id = ${ctx.actor.userId}`);
  if (ended === 0) throw notFound('session');
}

/** Ends all sessions of a user but the one of this token. */
export const endOtherSessions = (ctx: Context, userId: string | null, token: string | undefined): Promise<number> =>
  endSessions(ctx, SQL`user_id = ${userId} and token_hash <> ${tokenHash(token ?? '')}`);

const sessionColumns: WireColumns = {
  id: ['id', 'plain'],
  method: ['method', 'plain'],
  secondFactor: ['second_factor', 'plain'],
  address: ['address', 'plain'],
  userAgent: ['user_agent', 'plain'],
  createdAt: ['created_at', 'instant'],
  seenAt: ['seen_at', 'instant'],
  expiresAt: ['expires_at', 'instant'],
  current: ['current', 'plain'],
};

/** JSON of the caller's own sessions, the newest first; `current` is the one of this token. */
export async function listSessions(ctx: Context, token: string | undefined): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${SQL.raw(jsonOf(sessionColumns))} order by id desc), '[]'), 'nextCursor', null)::text as json
        from (select *, token_hash = ${tokenHash(token ?? '')} as current from sessions
              where user_id = ${ctx.actor.userId} and expires_at > ${ctx.now} and ends_at > ${ctx.now}) s`,
  );
  return row?.json ?? '';
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
  const [caller] = await bySession(db, [tokenHash(token), now]);
  if (caller === undefined) return undefined;
  await rollSession(db, [caller.secretHash, now]);
  return { kind: 'user', id: caller.id, userId: caller.id, grants: effectiveGrants(caller.grants) };
}
