import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError } from '../errors.ts';

/** Stands in the log for an account that does not exist: a failure is written either way, and takes as long. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** What an attempt counts against: the account, under the name that was typed, and where it came from. */
export const subjectsOf = (ctx: Context, account: string): string[] => [
  `account:${account.toLowerCase()}`,
  `address:${ctx.cause.door.address ?? 'unknown'}`,
];

/**
 * Counts an attempt as failed before it is looked at, so that a thousand at once are slowed like a thousand in a row; `attemptSucceeded`
 * takes that back. Throws `sign_in_slowed` (429) for an account or an address with many failures within the hour.
 */
export async function beginAttempt(ctx: Context, subjects: string[]): Promise<void> {
  await rowsOf(
    ctx,
    SQL`insert into sign_in_failures (subject, failures, last_at) select subject, 0, ${ctx.now} from unnest(${subjects}::text[]) as subject
        on conflict do nothing`,
  );
  const rows = await rowsOf<{ subject: string; failures: number; secondsAgo: number }>(
    ctx,
    SQL`select subject, case when last_at < ${ctx.now}::timestamptz - interval '1 hour' then 0 else failures end as failures,
          extract(epoch from ${ctx.now}::timestamptz - last_at)::float8 as "secondsAgo"
        from sign_in_failures where subject = any(${subjects}) order by subject for update`,
  );
  // The last one may lie ahead: another process' clock, or ours set back. That lengthens no wait.
  const waits = rows.map((row) => Math.ceil(waitAfter(row.failures, freeFailures(row.subject)) - Math.max(0, row.secondsAgo)));
  const retryAfterSeconds = Math.max(0, ...waits);
  if (retryAfterSeconds > 0) {
    throw new AppError('sign_in_slowed', 429, 'Too many attempts; wait a little and try again.', { retryAfterSeconds });
  }
  await rowsOf(
    ctx,
    SQL`update sign_in_failures set last_at = ${ctx.now},
          failures = case when last_at < ${ctx.now}::timestamptz - interval '1 hour' then 1 else failures + 1 end
        where subject = any(${subjects})`,
  );
}

/** Forgets the failures of the account, and takes this attempt off those of the address. */
export async function attemptSucceeded(ctx: Context, subjects: string[]): Promise<void> {
  await rowsOf(ctx, SQL`delete from sign_in_failures where subject = any(${subjects}) and subject not like 'address:%'`);
  await rowsOf(
    ctx,
    SQL`update sign_in_failures set failures = greatest(0, failures - 1) where subject = any(${subjects}) and subject like 'address:%'`,
  );
}

/** How somebody came, or tried to come in. */
export type Method = 'password' | 'second_factor' | 'recovery_code' | 'link' | 'provider' | 'session' | 'key';

/** Writes a failure into the log; `userId` is undefined when there is no such account. */
export function attemptFailed(ctx: Context, method: Method, userId: string | undefined): void {
  emit(ctx, 'user.sign_in_failed', { userId: userId ?? nobody, method });
}

type Transact = <T>(work: (ctx: Context) => Promise<T>) => Promise<T>;

/**
 * Runs a deed of a door by a token that works once. That it works no more (410) is counted against the address and written down in a
 * transaction of its own, since the deed's was rolled back. Throws what the deed does, and `sign_in_slowed`.
 */
export async function byToken<T>(transact: Transact, method: Method, deed: (ctx: Context) => Promise<T>): Promise<T> {
  try {
    return await transact(deed);
  } catch (error) {
    if (error instanceof AppError && error.status === 410) await transact((ctx) => tokenRefused(ctx, method));
    throw error;
  }
}

/** Counts and writes down that a token was none, or is none any more. Throws `sign_in_slowed`. */
export async function tokenRefused(ctx: Context, method: Method): Promise<void> {
  await beginAttempt(ctx, subjectsOf(ctx, method).slice(1));
  attemptFailed(ctx, method, undefined);
}

/** Failures that cost nothing: an address may stand for a whole office, an account is one person's. */
const freeFailures = (subject: string): number => (subject.startsWith('account:') ? 4 : 20);

/** Seconds to wait after so many failures: none for the free ones, then doubling up to five minutes. */
const waitAfter = (failures: number, free: number): number => (failures <= free ? 0 : Math.min(300, 2 ** (failures - free)));
