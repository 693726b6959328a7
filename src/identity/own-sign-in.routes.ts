import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { App } from '../http.ts';
import { json } from '../json-text.ts';
import { ById, pageOf } from '../wire.ts';
import { unbreached } from './breached-passwords.ts';
import { setPassword } from './links.ts';
import { verifyPassword } from './passwords.ts';
import { signedIn } from './permissions.ts';
import {
  confirmSecondFactor,
  newRecoveryCodes,
  newSecondFactor,
  removeOwnSecondFactor,
  secondFactorOf,
} from './second-factor.ts';
import {
  endOtherSessions,
  listSessions,
  noteProof,
  requireProof,
  requireSession,
  revokeSession,
  sessionCookie,
} from './sessions.ts';
import {
  ByCode,
  ByPassword,
  ChangePassword,
  NewSecondFactorOut,
  Proof,
  RecoveryCodesOut,
  SecondFactorOut,
  SessionOut,
} from './sign-in.schema.ts';
import { beginOwnPasswordCheck, proveByCode, settleAttempt } from './sign-in.ts';

const tags = ['sign-in'];

/** One's own sessions, password and second factor. */
export function ownSignInRoutes(app: App): void {
  ownSessionRoutes(app);
  ownSecondFactorRoutes(app);
}

function ownSessionRoutes(app: App): void {
  app.get(
    '/sessions',
    { schema: { tags, summary: 'List own sessions', response: { 200: pageOf(SessionOut) } }, config: signedIn },
    (req) =>
      req.read(async (ctx) => {
        requireSession(ctx);
        return json(await listSessions(ctx, req.cookies[sessionCookie]));
      }),
  );

  app.delete(
    '/sessions',
    { schema: { tags, summary: 'End all own sessions but this one', response: { 204: z.null() } }, config: signedIn },
    async (req, reply) => {
      await req.transact(async (ctx) => {
        await requireProof(ctx, req.cookies[sessionCookie]);
        await endOtherSessions(ctx, ctx.actor.userId, req.cookies[sessionCookie]);
      });
      return reply.code(204).send();
    },
  );

  app.delete(
    '/sessions/:id',
    { schema: { tags, summary: 'End one of the own sessions', params: ById, response: { 204: z.null() } }, config: signedIn },
    async (req, reply) => {
      await req.transact(async (ctx) => {
        await requireProof(ctx, req.cookies[sessionCookie]);
        await revokeSession(ctx, req.params.id);
      });
      return reply.code(204).send();
    },
  );

  app.post(
    '/session/proof',
    {
      schema: {
        tags,
        summary: 'Prove once more who one is, for what asks for it: by the password, or a code of the second factor',
        body: Proof,
        response: { 204: z.null() },
      },
      config: signedIn,
    },
    async (req, reply) => {
      const { password, code } = req.body;
      const note = (ctx: Context) => noteProof(ctx, req.cookies[sessionCookie]);
      if (password !== undefined) await proven(req, password, note);
      else if (!(await req.transact((ctx) => proveByCode(ctx, code ?? '')))) throw wrongCode();
      else await req.transact(note);
      return reply.code(204).send();
    },
  );

  app.post(
    '/me/password',
    {
      schema: { tags, summary: 'Change own password; other sessions end', body: ChangePassword, response: { 204: z.null() } },
      config: signedIn,
      preHandler: unbreached(app),
    },
    async (req, reply) => {
      await proven(req, req.body.current, async (ctx, userId) => {
        await setPassword(ctx, userId, req.body.password);
        await endOtherSessions(ctx, userId, req.cookies[sessionCookie]);
      });
      return reply.code(204).send();
    },
  );
}

/** Runs a deed for somebody who has proven by their password who they are. Throws `wrong_password`, `session_needed`, `sign_in_slowed`. */
async function proven<T>(req: FastifyRequest, password: string, deed: (ctx: Context, userId: string) => Promise<T>): Promise<T> {
  const attempt = await req.transact(beginOwnPasswordCheck);
  const right = await verifyPassword(password, attempt.passwordHash);
  const { userId } = attempt;
  // Settled by itself: a deed that is refused takes nothing back, and is no wrong password.
  await req.transact((ctx) => settleAttempt(ctx, attempt, right));
  if (!right || userId === undefined) throw new AppError('wrong_password', 403, 'The password is wrong.');
  return req.transact((ctx) => deed(ctx, userId));
}

const wrongCode = (): AppError => new AppError('wrong_code', 403, 'The code is wrong. Is the clock of the device right?');

function ownSecondFactorRoutes(app: App): void {
  app.get(
    '/me/second-factor',
    { schema: { tags, summary: 'Own second factor', response: { 200: SecondFactorOut } }, config: signedIn },
    (req) => req.read((ctx) => secondFactorOf(ctx, ctx.actor.userId)),
  );

  app.post(
    '/me/second-factor',
    {
      schema: { tags, summary: 'Begin to set up a second factor', body: ByPassword, response: { 200: NewSecondFactorOut } },
      config: signedIn,
    },
    (req) => proven(req, req.body.password, newSecondFactor),
  );

  app.post(
    '/me/second-factor/confirm',
    {
      schema: {
        tags,
        summary: 'Turn the second factor on; shows the recovery codes this once',
        body: ByCode,
        response: { 200: RecoveryCodesOut },
      },
      config: signedIn,
    },
    async (req) => {
      const recoveryCodes = await req.transact((ctx) => confirmSecondFactor(ctx, ctx.actor.userId ?? '', req.body.code));
      if (recoveryCodes === undefined) throw wrongCode();
      return { recoveryCodes };
    },
  );

  app.post(
    '/me/second-factor/recovery-codes',
    {
      schema: { tags, summary: 'Make new recovery codes', body: ByPassword, response: { 200: RecoveryCodesOut } },
      config: signedIn,
    },
    async (req) => ({ recoveryCodes: await proven(req, req.body.password, newRecoveryCodes) }),
  );

  app.post(
    '/me/second-factor/remove',
    {
      schema: { tags, summary: 'Remove the own second factor', body: ByPassword, response: { 204: z.null() } },
      config: signedIn,
    },
    async (req, reply) => {
      await proven(req, req.body.password, removeOwnSecondFactor);
      return reply.code(204).send();
    },
  );
}
