import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { AppError, unauthenticated } from '../errors.ts';
import type { App } from '../http.ts';
import { json } from '../json-text.ts';
import { ById, ProblemOut, pageOf } from '../wire.ts';
import { askReset, followLink, giveLink, readLink, setPassword } from './links.ts';
import { verifyPassword } from './passwords.ts';
import { can, open, signedIn } from './permissions.ts';
import {
  confirmSecondFactor,
  newRecoveryCodes,
  newSecondFactor,
  removeOwnSecondFactor,
  resetSecondFactor,
  secondFactorOf,
} from './second-factor.ts';
import { endOtherSessions, endSession, listSessions, revokeSession, type Session, sessionCookie } from './sessions.ts';
import {
  AskReset,
  ByCode,
  ByPassword,
  ByToken,
  ChangePassword,
  FollowLink,
  LinkOut,
  MailTestOut,
  NewLinkOut,
  NewSecondFactorOut,
  RecoveryCodesOut,
  SecondFactorOut,
  SecondStep,
  SessionOut,
  SignIn,
  SignInSettings,
  SignInWaysOut,
  StepOut,
} from './sign-in.schema.ts';
import {
  beginOwnPasswordCheck,
  beginRequiredSetup,
  beginSignIn,
  type Entry,
  enter,
  settleAttempt,
  takeSecondStep,
} from './sign-in.ts';
import { setSignInSettings, signInSettings } from './sign-in-settings.ts';
import { ownAddress } from './users.ts';

const tags = ['sign-in'];

/** Sign-in, its second step, links that set a password, one's own sessions and second factor, and how people may sign in. */
export function signInRoutes(app: App): void {
  sessionRoutes(app);
  linkRoutes(app);
  secondFactorRoutes(app);
  settingsRoutes(app);
}

/** How the session's cookie is set. */
export const cookieOptions = (app: App) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'lax' as const,
  secure: app.services.config.publicUrl?.startsWith('https:') ?? false,
});

const setSession = (app: App, reply: FastifyReply, { token, maxAgeSeconds }: Session): FastifyReply =>
  reply.setCookie(sessionCookie, token, { ...cookieOptions(app), maxAge: maxAgeSeconds });

/** Answers a sign-in: the cookie, or what is still missing. */
const entered = (app: App, reply: FastifyReply, entry: Entry): FastifyReply =>
  'step' in entry ? reply.code(200).send(entry) : setSession(app, reply, entry).code(204).send();

const entryAnswers = { 200: StepOut, 204: z.null(), 401: ProblemOut, 410: ProblemOut };

function sessionRoutes(app: App): void {
  app.post(
    '/session',
    { schema: { tags, summary: 'Sign in', body: SignIn, response: entryAnswers }, config: open },
    async (req, reply) => {
      const attempt = await req.transact((ctx) => beginSignIn(ctx, req.body.email));
      const right = await verifyPassword(req.body.password, attempt.passwordHash);
      const entry = await req.transact(async (ctx) =>
        (await settleAttempt(ctx, attempt, right)) && attempt.userId !== undefined
          ? enter(ctx, attempt.userId, 'password')
          : undefined,
      );
      if (entry === undefined) throw unauthenticated('The address or the password is wrong.');
      return entered(app, reply, entry);
    },
  );

  app.post(
    '/session/second-factor',
    {
      schema: {
        tags,
        summary: 'Second step of a sign-in',
        body: SecondStep,
        response: { 200: RecoveryCodesOut, 401: ProblemOut, 410: ProblemOut },
      },
      config: open,
    },
    async (req, reply) => {
      const done = await req.transact((ctx) => takeSecondStep(ctx, req.body));
      if (done === undefined) throw unauthenticated('The code is wrong, or was used already.');
      return setSession(app, reply, done.session).send({ recoveryCodes: done.recoveryCodes });
    },
  );

  app.post(
    '/session/second-factor/setup',
    {
      schema: {
        tags,
        summary: 'Set up the second factor that a sign-in requires',
        body: ByToken,
        response: { 200: NewSecondFactorOut, 410: ProblemOut },
      },
      config: open,
    },
    (req) => req.transact((ctx) => beginRequiredSetup(ctx, req.body.token)),
  );

  app.delete(
    '/session',
    { schema: { tags, summary: 'Sign out', response: { 204: z.null() } }, config: open },
    async (req, reply) => {
      const token = req.cookies[sessionCookie];
      if (token !== undefined) await req.transact((ctx) => endSession(ctx, token));
      return reply.code(204).clearCookie(sessionCookie, cookieOptions(app)).send();
    },
  );

  app.get(
    '/sessions',
    { schema: { tags, summary: 'List own sessions', response: { 200: pageOf(SessionOut) } }, config: signedIn },
    (req) => req.read(async (ctx) => json(await listSessions(ctx, req.cookies[sessionCookie]))),
  );

  app.delete(
    '/sessions',
    { schema: { tags, summary: 'End all own sessions but this one', response: { 204: z.null() } }, config: signedIn },
    async (req, reply) => {
      await req.transact((ctx) => endOtherSessions(ctx, ctx.actor.userId, req.cookies[sessionCookie]));
      return reply.code(204).send();
    },
  );

  app.delete(
    '/sessions/:id',
    { schema: { tags, summary: 'End one of the own sessions', params: ById, response: { 204: z.null() } }, config: signedIn },
    async (req, reply) => {
      await req.transact((ctx) => revokeSession(ctx, req.params.id));
      return reply.code(204).send();
    },
  );

  app.post(
    '/me/password',
    {
      schema: { tags, summary: 'Change own password; other sessions end', body: ChangePassword, response: { 204: z.null() } },
      config: signedIn,
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
  const done = await req.transact(async (ctx) => {
    const { userId } = attempt;
    return (await settleAttempt(ctx, attempt, right)) && userId !== undefined ? { result: await deed(ctx, userId) } : undefined;
  });
  if (done === undefined) throw new AppError('wrong_password', 403, 'The password is wrong.');
  return done.result;
}

function linkRoutes(app: App): void {
  const baseOf = (req: FastifyRequest): string =>
    app.services.config.publicUrl?.replace(/\/+$/, '') ?? `${req.protocol}://${req.host}`;

  app.post(
    '/users/:id/link',
    {
      schema: { tags, summary: 'Invite a user, or let them set a new password', params: ById, response: { 201: NewLinkOut } },
      config: can('user', 'edit'),
    },
    async (req, reply) => {
      const { path, ...link } = await req.transact((ctx) => giveLink(ctx, req.params.id, { shown: false }));
      return reply.code(201).send({ ...link, url: path === null ? null : baseOf(req) + path });
    },
  );

  app.post(
    '/password-resets',
    {
      schema: { tags, summary: 'Ask for a link that sets a new password', body: AskReset, response: { 202: z.object({}) } },
      config: open,
    },
    async (req, reply) => {
      await req.transact((ctx) => askReset(ctx, req.body.email));
      return reply.code(202).send({});
    },
  );

  app.post(
    '/links/read',
    { schema: { tags, summary: 'What a link is for', body: ByToken, response: { 200: LinkOut, 410: ProblemOut } }, config: open },
    (req) => req.read((ctx) => readLink(ctx, req.body.token)),
  );

  app.post(
    '/links/follow',
    {
      schema: { tags, summary: 'Set a password by a link, and sign in', body: FollowLink, response: entryAnswers },
      config: open,
    },
    async (req, reply) => {
      const entry = await req.transact((ctx) => followLink(ctx, req.body));
      if (entry === undefined)
        throw new AppError('link_invalid', 410, 'This link was used, has expired or was replaced by a newer one.');
      return entered(app, reply, entry);
    },
  );
}

function secondFactorRoutes(app: App): void {
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
      if (recoveryCodes === undefined)
        throw new AppError('wrong_code', 403, 'The code is wrong. Is the clock of the device right?');
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

  app.delete(
    '/users/:id/second-factor',
    {
      schema: { tags, summary: 'Remove the second factor of a user who has lost it', params: ById, response: { 204: z.null() } },
      config: can('user', 'edit'),
    },
    async (req, reply) => {
      await req.transact((ctx) => resetSecondFactor(ctx, req.params.id));
      return reply.code(204).send();
    },
  );
}

function settingsRoutes(app: App): void {
  app.get('/sign-in', { schema: { tags, summary: 'Ways to sign in', response: { 200: SignInWaysOut } }, config: open }, (req) =>
    req.read(async (ctx) => {
      const { passwordSignIn } = await signInSettings(ctx);
      return { password: passwordSignIn, reset: passwordSignIn && ctx.ports.systemMail.configured, providers: [] };
    }),
  );

  app.get(
    '/settings/sign-in',
    { schema: { tags, summary: 'How people may sign in', response: { 200: SignInSettings } }, config: can('system', 'read') },
    (req) => req.read(signInSettings),
  );

  app.put(
    '/settings/sign-in',
    {
      schema: { tags, summary: 'Set how people may sign in', body: SignInSettings, response: { 200: SignInSettings } },
      config: can('system', 'edit'),
    },
    async (req) => {
      await req.transact((ctx) => setSignInSettings(ctx, req.body));
      return req.body;
    },
  );

  app.post(
    '/settings/mail/test',
    { schema: { tags, summary: 'Send a test mail to oneself', response: { 200: MailTestOut } }, config: can('system', 'edit') },
    async (req) => {
      const to = await req.read(async (ctx) => ownAddress(ctx));
      const mail = { to, subject: 'Test of Throughline', text: 'Mail of this hub arrives.' };
      return app.services.ports.systemMail.test(mail);
    },
  );
}
