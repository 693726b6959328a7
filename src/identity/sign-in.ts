import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { AppError } from '../errors.ts';
import { attemptFailed, attemptSucceeded, beginAttempt, type Method, subjectsOf } from './attempts.ts';
import { confirmSecondFactor, newSecondFactor, proveSecondFactor, secondFactorOf } from './second-factor.ts';
import { requireSession, type Session, startSession } from './sessions.ts';
import { signInSettings } from './sign-in-settings.ts';
import { newToken, tokenHash } from './tokens.ts';

/** A sign-in by password that was counted and is to be settled once the password is checked: that takes long, and holds no transaction. */
export interface Attempt {
  subjects: string[];
  userId: string | undefined;
  passwordHash: string | null;
}

/** Where a sign-in led: to a session, or to one step more. */
export type Entry = Session | { step: 'second_factor' | 'second_factor_setup'; token: string };

/** Begins a sign-in. Throws `sign_in_slowed`, and `password_sign_in_off`. Tells nothing of whether there is such an account. */
export async function beginSignIn(ctx: Context, email: string): Promise<Attempt> {
  await requirePasswordSignIn(ctx);
  return beginPasswordCheck(ctx, email);
}

/** Throws `password_sign_in_off`. */
export async function requirePasswordSignIn(ctx: Context): Promise<void> {
  const { passwordSignIn } = await signInSettings(ctx);
  if (!passwordSignIn) throw new AppError('password_sign_in_off', 403, 'Sign in with a provider; passwords are switched off.');
}

/** The same for somebody who is signed in and proves who they are. */
export async function beginOwnPasswordCheck(ctx: Context): Promise<Attempt> {
  requireSession(ctx);
  const user = await rowOf<{ email: string }>(ctx, SQL`select email from users where id = ${ctx.actor.id}`);
  return beginPasswordCheck(ctx, user?.email ?? '');
}

async function beginPasswordCheck(ctx: Context, email: string): Promise<Attempt> {
  const subjects = subjectsOf(ctx, email);
  await beginAttempt(ctx, subjects);
  const user = await rowOf<{ id: string; passwordHash: string | null }>(
    ctx,
    SQL`select id, password_hash as "passwordHash" from users where lower(email) = ${email.toLowerCase()} and disabled_at is null`,
  );
  return { subjects, userId: user?.id, passwordHash: user?.passwordHash ?? null };
}

/** Writes down how an attempt went; true when it succeeded. */
export async function settleAttempt(ctx: Context, attempt: Attempt, right: boolean): Promise<boolean> {
  if (right) await attemptSucceeded(ctx, attempt.subjects);
  else attemptFailed(ctx, 'password', attempt.userId);
  return right;
}

/** Lets a user in who has shown who they are, as far as it goes without a second factor. Undefined when they were disabled meanwhile. */
export async function enter(ctx: Context, userId: string, method: Method): Promise<Entry | undefined> {
  const user = await rowOf(ctx, SQL`select 1 from users where id = ${userId} and disabled_at is null`);
  if (user === undefined) return undefined;
  const { enabled, required } = await secondFactorOf(ctx, userId);
  if (enabled) return { step: 'second_factor', token: await nextStep(ctx, userId, method) };
  if (required && method !== 'provider') {
    return { step: 'second_factor_setup', token: await nextStep(ctx, userId, method) };
  }
  return startSession(ctx, { userId, method, secondFactor: false });
}

const stepMinutes = 10;

async function nextStep(ctx: Context, userId: string, method: Method): Promise<string> {
  const token = newToken();
  await rowsOf(ctx, SQL`delete from sign_in_steps where user_id = ${userId} and expires_at < ${ctx.now}`);
  await rowsOf(
    ctx,
    SQL`insert into sign_in_steps (token_hash, user_id, method, expires_at)
        values (${tokenHash(token)}, ${userId}, ${method}, ${ctx.now}::timestamptz + make_interval(mins => ${stepMinutes}))`,
  );
  return token;
}

/** Begins the setting up of a second factor that a sign-in requires. Throws `sign_in_step_invalid`. */
export async function beginRequiredSetup(ctx: Context, token: string): Promise<{ secret: string; uri: string }> {
  const { userId } = await stepOf(ctx, token);
  return newSecondFactor(ctx, userId);
}

/**
 * Takes the second step: proves the second factor, or confirms the one that was just set up (with its recovery codes in the answer).
 * Undefined when the code is wrong; that is counted in this transaction, so it must commit. Throws `sign_in_step_invalid` and
 * `sign_in_slowed`.
 */
export async function takeSecondStep(
  ctx: Context,
  { token, code }: { token: string; code: string },
): Promise<{ session: Session; recoveryCodes: string[] } | undefined> {
  const { userId, method } = await stepOf(ctx, token);
  const subjects = await beginCode(ctx, userId);
  const { enabled } = await secondFactorOf(ctx, userId);
  const recoveryCodes = enabled ? [] : await confirmSecondFactor(ctx, userId, code);
  const proven = enabled ? await proveSecondFactor(ctx, userId, code) : recoveryCodes !== undefined;
  if (!proven) {
    attemptFailed(ctx, 'second_factor', userId);
    return undefined;
  }
  await attemptSucceeded(ctx, subjects);
  await rowsOf(ctx, SQL`delete from sign_in_steps where token_hash = ${tokenHash(token)}`);
  return { session: await startSession(ctx, { userId, method, secondFactor: true }), recoveryCodes: recoveryCodes ?? [] };
}

const beginCode = async (ctx: Context, userId: string): Promise<string[]> => {
  const subjects = subjectsOf(ctx, `second-factor-of-${userId}`);
  await beginAttempt(ctx, subjects);
  return subjects;
};

/** Whether a code is of the caller's second factor. A wrong one is counted in this transaction, so it must commit. Throws `session_needed`, `sign_in_slowed`. */
export async function proveByCode(ctx: Context, code: string): Promise<boolean> {
  requireSession(ctx);
  const userId = ctx.actor.userId ?? '';
  const subjects = await beginCode(ctx, userId);
  const { enabled } = await secondFactorOf(ctx, userId);
  const right = enabled && (await proveSecondFactor(ctx, userId, code));
  if (right) await attemptSucceeded(ctx, subjects);
  else attemptFailed(ctx, 'second_factor', userId);
  return right;
}

async function stepOf(ctx: Context, token: string): Promise<{ userId: string; method: Method }> {
  const step = await rowOf<{ userId: string; method: Method }>(
    ctx,
    SQL`select s.user_id as "userId", s.method from sign_in_steps s join users u on u.id = s.user_id
        where s.token_hash = ${tokenHash(token)} and s.expires_at > ${ctx.now} and u.disabled_at is null for update of s`,
  );
  if (step === undefined) throw new AppError('sign_in_step_invalid', 410, 'This sign-in has expired; begin again.');
  return step;
}
