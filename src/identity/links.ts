import { createHash } from 'node:crypto';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { AppError, conflict, notFound } from '../errors.ts';
import { enqueue } from '../queues.ts';
import { beginAttempt, subjectsOf, tokenRefused } from './attempts.ts';
import { type Owner, requireStrong } from './password-strength.ts';
import { hashPassword } from './passwords.ts';
import { requireReach } from './permissions.ts';
import { requireStandIn } from './rights-over.ts';
import { requireRoleWithin } from './roles.ts';
import { dropSteps, endSessions } from './sessions.ts';
import { type Entry, enter, requirePasswordSignIn } from './sign-in.ts';
import { newToken, tokenHash } from './tokens.ts';

export type LinkPurpose = 'invitation' | 'reset';

const validHours: Record<LinkPurpose, number> = { invitation: 7 * 24, reset: 2 };

/** A link as it is shown once, to whoever may pass it on. */
export interface NewLink {
  purpose: LinkPurpose;
  mailed: boolean;
  /** Path within the web page, when it is not mailed. The token is its fragment, which browsers do not send and servers do not log. */
  path: string | null;
  expiresAt: string | null;
}

interface Invited {
  id: string;
  role: string;
  hasPassword: boolean;
}

/**
 * Lets a user set their password by a link: an invitation as long as they have none. Mailed when mail is set up, unless `shown`. Throws
 * `user_not_found`, `user_disabled`, and `forbidden` for a user who may do what the caller may not: the link is a way into the account.
 */
export async function giveLink(ctx: Context, userId: string, { shown }: { shown: boolean }): Promise<NewLink> {
  const user = await rowOf<Invited & { disabled: boolean }>(
    ctx,
    SQL`select id, role_key as role, password_hash is not null as "hasPassword", disabled_at is not null as disabled
        from users where id = ${userId}`,
  );
  if (user === undefined) throw notFound('user');
  await requireReach(ctx, { object: 'user', verb: 'edit' }, { id: userId, ownerId: null });
  await requireRoleWithin(ctx, user.role);
  if (user.disabled) throw conflict('user_disabled', 'This user is disabled.');
  const purpose = user.hasPassword ? 'reset' : 'invitation';
  if (!shown && ctx.ports.systemMail.configured) {
    await enqueueMail(ctx, `link-${userId}`, { kind: 'link', userId });
    emit(ctx, 'user.link_made', { userId, purpose, mailed: true });
    return { purpose, mailed: true, path: null, expiresAt: null };
  }
  // Whoever is shown the link could follow it. There is nothing yet of one who has never been in.
  if (user.hasPassword) await requireStandIn(ctx, userId);
  const { path, expiresAt } = await makeLink(ctx, user);
  emit(ctx, 'user.link_made', { userId, purpose, mailed: false });
  return { purpose, mailed: false, path, expiresAt };
}

/**
 * Has a link mailed to whom an address belongs, if to anybody: the job finds out, so that neither the answer nor its time tells. Throws
 * `mail_not_configured`, `password_sign_in_off` and `sign_in_slowed`.
 */
export async function askReset(ctx: Context, email: string): Promise<void> {
  if (!ctx.ports.systemMail.configured) {
    throw conflict('mail_not_configured', 'This hub sends no mail; ask an admin for a link.');
  }
  await requirePasswordSignIn(ctx);
  await beginAttempt(ctx, subjectsOf(ctx, `reset-of-${email}`));
  await enqueueMail(ctx, `reset-${createHash('sha256').update(email.toLowerCase()).digest('hex')}`, { kind: 'reset', email });
}

const enqueueMail = (ctx: Context, key: string, data: Record<string, string>) =>
  enqueue(ctx, { queue: 'mail-send', key: `system-${key}`, data });

/** What is to be mailed: made when the mail goes out, so that no token ever waits in a queue. */
export interface LinkMail {
  to: string;
  name: string;
  purpose: LinkPurpose;
  path: string;
  hours: number;
}

/** Makes the link of a queued mail. Undefined when there is nobody to write to. */
export async function linkMail(ctx: Context, asked: { userId?: string; email?: string }): Promise<LinkMail | undefined> {
  const user = await rowOf<Invited & { email: string; name: string }>(
    ctx,
    SQL`select id, role_key as role, email, name, password_hash is not null as "hasPassword" from users
        where disabled_at is null and (id = ${asked.userId ?? null} or lower(email) = ${asked.email?.toLowerCase() ?? null})`,
  );
  if (user === undefined) return undefined;
  const { path, purpose } = await makeLink(ctx, user);
  return { to: user.email, name: user.name, purpose, path, hours: validHours[purpose] };
}

async function makeLink(ctx: Context, user: Invited): Promise<{ path: string; purpose: LinkPurpose; expiresAt: string }> {
  const purpose = user.hasPassword ? 'reset' : 'invitation';
  const token = newToken();
  await rowsOf(ctx, SQL`delete from user_links where user_id = ${user.id}`);
  const expiresAt = new Date(ctx.now.getTime() + validHours[purpose] * 3_600_000);
  await rowsOf(
    ctx,
    SQL`insert into user_links (token_hash, user_id, purpose, expires_at) values (${tokenHash(token)}, ${user.id}, ${purpose}, ${expiresAt})`,
  );
  return { path: `/link#${token}`, purpose, expiresAt: expiresAt.toISOString() };
}

interface OpenLink {
  userId: string;
  purpose: LinkPurpose;
  name: string;
  email: string;
}

/** 410 for a link that leads nowhere any more. */
export const linkInvalid = (): AppError =>
  new AppError('link_invalid', 410, 'This link was used, has expired or was replaced by a newer one.');

/** What a link is for and for whom. Undefined as with `followLink`. Throws `sign_in_slowed`. */
export async function readLink(ctx: Context, token: string): Promise<Omit<OpenLink, 'userId'> | undefined> {
  const link = await linkOf(ctx, token);
  if (link === undefined) return void (await tokenRefused(ctx, 'link'));
  const { userId: _, ...shown } = link;
  return shown;
}

/**
 * Sets the password by a link, which is spent by it; earlier sessions end. Returns the sign-in that it leads to, undefined when the link
 * is not valid, which is counted in this transaction, so it must commit. Throws `sign_in_slowed`.
 */
export async function followLink(
  ctx: Context,
  { token, password }: { token: string; password: string },
): Promise<Entry | undefined> {
  const link = await linkOf(ctx, token);
  if (link === undefined) return void (await tokenRefused(ctx, 'link'));
  const spent = await rowsOf(
    ctx,
    SQL`delete from user_links where user_id = ${link.userId} and token_hash = ${tokenHash(token)} returning 1`,
  );
  if (spent.length === 0) return void (await tokenRefused(ctx, 'link'));
  await setPassword(ctx, link.userId, password);
  await endSessions(ctx, SQL`user_id = ${link.userId}`);
  return enter(ctx, link.userId, 'link');
}

/** Sets a user's password; whatever links they had stop working, and so does a sign-in that was half way in by another. Throws `password_common`, `password_guessable`. */
export async function setPassword(ctx: Context, userId: string, password: string): Promise<void> {
  const owner = await rowOf<Owner>(ctx, SQL`select name, email from users where id = ${userId}`);
  if (owner !== undefined) await requireStrong(password, owner);
  const hash = await hashPassword(password);
  await rowsOf(ctx, SQL`update users set password_hash = ${hash} where id = ${userId}`);
  await rowsOf(ctx, SQL`delete from user_links where user_id = ${userId}`);
  await dropSteps(ctx, userId);
  emit(ctx, 'user.password_changed', { userId });
}

const linkOf = (ctx: Context, token: string): Promise<OpenLink | undefined> =>
  rowOf<OpenLink>(
    ctx,
    SQL`select l.user_id as "userId", l.purpose, u.name, u.email from user_links l join users u on u.id = l.user_id
        where l.token_hash = ${tokenHash(token)} and l.expires_at > ${ctx.now} and u.disabled_at is null`,
  );
