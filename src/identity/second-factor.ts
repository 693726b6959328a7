import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound } from '../errors.ts';
import { requireReach } from './permissions.ts';
import { requireRoleWithin } from './roles.ts';
import { endSessions } from './sessions.ts';
import { requiresFactor, signInSettings } from './sign-in-settings.ts';
import { tokenHash } from './tokens.ts';

const periodSeconds = 30;
/** Steps that a clock may be ahead or behind (RFC 6238, section 5.2). */
const skewSteps = 1;
const recoveryCodeCount = 10;

const place = (userId: string) => ['second_factors', userId, 'secret'] as const;

/** How it stands with a user's second factor. */
export async function secondFactorOf(
  ctx: Context,
  userId: string | null,
): Promise<{ enabled: boolean; recoveryCodesLeft: number; required: boolean }> {
  const settings = await signInSettings(ctx);
  const row = await rowOf<{ enabled: boolean; recoveryCodesLeft: number; required: boolean }>(
    ctx,
    SQL`select exists (select 1 from second_factors where user_id = users.id and confirmed_at is not null) as enabled,
          (select count(*)::int from recovery_codes where user_id = users.id) as "recoveryCodesLeft",
          ${requiresFactor(SQL`role_key`, settings)} as required
        from users where id = ${userId}`,
  );
  return row ?? { enabled: false, recoveryCodesLeft: 0, required: false };
}

/** Makes the secret of a second factor, which counts once a code of it was given. Throws `second_factor_enabled` when there is one. */
export async function newSecondFactor(ctx: Context, userId: string): Promise<{ secret: string; uri: string }> {
  const secret = new Secret({ size: 20 });
  const sealed = ctx.ports.secrets.seal(secret.base32, place(userId));
  const made = await rowOf(
    ctx,
    SQL`insert into second_factors as f (user_id, secret) values (${userId}, ${sealed})
        on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where f.confirmed_at is null returning 1`,
  );
  if (made === undefined) throw conflict('second_factor_enabled', 'There is a second factor already; remove it first.');
  const user = await rowOf<{ email: string }>(ctx, SQL`select email from users where id = ${userId}`);
  return { secret: secret.base32, uri: totpOf(secret, user?.email).toString() };
}

/** Turns the second factor on with a code of it. Returns the recovery codes; undefined when the code is wrong. */
export async function confirmSecondFactor(ctx: Context, userId: string, code: string): Promise<string[] | undefined> {
  if (!(await takeStep(ctx, userId, code))) return undefined;
  await rowsOf(ctx, SQL`update second_factors set confirmed_at = ${ctx.now} where user_id = ${userId}`);
  emit(ctx, 'user.second_factor_enabled', { userId });
  return newRecoveryCodes(ctx, userId);
}

/** Whether a code is right: of the app, or a recovery code. Each works once. */
export async function proveSecondFactor(ctx: Context, userId: string, code: string): Promise<boolean> {
  return (await takeStep(ctx, userId, code)) || takeRecoveryCode(ctx, userId, code);
}

/** A code counts once, and none of an earlier step after it: whoever looks over a shoulder comes too late (RFC 6238, section 5.2). */
async function takeStep(ctx: Context, userId: string, code: string): Promise<boolean> {
  const digits = code.replaceAll(/[\s-]/g, '');
  if (!/^[0-9]{6}$/.test(digits)) return false;
  const factor = await rowOf<{ secret: Buffer }>(
    ctx,
    SQL`select secret from second_factors where user_id = ${userId} for update`,
  );
  if (factor === undefined) return false;
  const secret = Secret.fromBase32(ctx.ports.secrets.open(factor.secret, place(userId)));
  const timestamp = ctx.now.getTime();
  const delta = totpOf(secret).validate({ token: digits, timestamp, window: skewSteps });
  if (delta === null) return false;
  const step = Math.floor(timestamp / 1_000 / periodSeconds) + delta;
  const taken = await rowOf(
    ctx,
    SQL`update second_factors set last_step = ${step} where user_id = ${userId} and last_step < ${step} returning 1`,
  );
  return taken !== undefined;
}

async function takeRecoveryCode(ctx: Context, userId: string, code: string): Promise<boolean> {
  const taken = await rowOf(
    ctx,
    SQL`delete from recovery_codes where user_id = ${userId} and code_hash = ${codeHash(userId, code)} returning 1`,
  );
  if (taken === undefined) return false;
  const { recoveryCodesLeft } = await secondFactorOf(ctx, userId);
  emit(ctx, 'user.recovery_code_used', { userId, left: recoveryCodesLeft });
  return true;
}

/** Makes new recovery codes of 120 bits each, of which only hashes are stored; earlier ones stop working. */
export async function newRecoveryCodes(ctx: Context, userId: string): Promise<string[]> {
  const codes = Array.from({ length: recoveryCodeCount }, () => new Secret({ buffer: bytes(15) }).base32.toLowerCase());
  await rowsOf(ctx, SQL`delete from recovery_codes where user_id = ${userId}`);
  const hashes = codes.map((code) => codeHash(userId, code));
  await rowsOf(ctx, SQL`insert into recovery_codes (user_id, code_hash) select ${userId}, unnest(${hashes}::bytea[])`);
  emit(ctx, 'user.recovery_codes_renewed', { userId });
  return codes.map((code) => (code.match(/.{4}/g) ?? []).join('-'));
}

const bytes = (count: number): ArrayBuffer => new Uint8Array(randomBytes(count)).buffer;

const codeHash = (userId: string, code: string): Buffer => tokenHash(`${userId} ${code.replaceAll(/[\s-]/g, '').toLowerCase()}`);

/** Takes one's own second factor away. Throws `second_factor_required` when the role asks for one. */
export async function removeOwnSecondFactor(ctx: Context, userId: string): Promise<void> {
  const { required } = await secondFactorOf(ctx, userId);
  if (required) throw conflict('second_factor_required', 'Your role requires a second factor.');
  await dropSecondFactor(ctx, userId);
}

/** Takes a user's second factor away, for one who has lost it; they are signed out. Throws `user_not_found`, `forbidden`. */
export async function resetSecondFactor(ctx: Context, userId: string): Promise<void> {
  const user = await rowOf<{ role: string }>(ctx, SQL`select role_key as role from users where id = ${userId}`);
  if (user === undefined) throw notFound('user');
  await requireReach(ctx, { object: 'user', verb: 'edit' }, { id: userId, ownerId: null });
  await requireRoleWithin(ctx, user.role);
  await dropSecondFactor(ctx, userId);
  await endSessions(ctx, SQL`user_id = ${userId}`);
}

async function dropSecondFactor(ctx: Context, userId: string): Promise<void> {
  await rowsOf(ctx, SQL`delete from recovery_codes where user_id = ${userId}`);
  const [dropped] = await rowsOf(ctx, SQL`delete from second_factors where user_id = ${userId} returning 1`);
  if (dropped !== undefined) emit(ctx, 'user.second_factor_removed', { userId });
}

/** RFC 6238 with what every app can do: SHA-1, six digits, thirty seconds. */
const totpOf = (secret: Secret, label = ''): TOTP => new TOTP({ issuer: 'Throughline', label, secret, period: periodSeconds });
