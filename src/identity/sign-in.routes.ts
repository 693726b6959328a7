import { z } from 'zod';
import { unauthenticated } from '../errors.ts';
import type { App } from '../http.ts';
import { ProblemOut } from '../wire.ts';
import { byToken } from './attempts.ts';
import { unbreached } from './breached-passwords.ts';
import { askReset, followLink, linkInvalid, readLink } from './links.ts';
import { verifyPassword } from './passwords.ts';
import { open } from './permissions.ts';
import { offeredProviders } from './provider-sign-in.ts';
import { cookieOptions, entered, entryAnswers, setSession } from './session-cookie.ts';
import { endSession, sessionCookie } from './sessions.ts';
import {
  AskReset,
  ByToken,
  FollowLink,
  LinkOut,
  NewSecondFactorOut,
  RecoveryCodesOut,
  SecondStep,
  SignIn,
  SignInWaysOut,
} from './sign-in.schema.ts';
import { beginRequiredSetup, beginSignIn, enter, settleAttempt, takeSecondStep } from './sign-in.ts';
import { signInSettings } from './sign-in-settings.ts';

const tags = ['sign-in'];

/** What anybody may call to get in or out: sign-in by password, its second step, links that set a password. */
export function signInRoutes(app: App): void {
  app.get('/sign-in', { schema: { tags, summary: 'Ways to sign in', response: { 200: SignInWaysOut } }, config: open }, (req) =>
    req.read(async (ctx) => {
      const { passwordSignIn } = await signInSettings(ctx);
      return {
        password: passwordSignIn,
        reset: passwordSignIn && ctx.ports.systemMail.configured,
        providers: await offeredProviders(ctx),
      };
    }),
  );

  sessionRoutes(app);
  linkRoutes(app);
}

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
      const done = await byToken(req.transact.bind(req), 'second_factor', (ctx) => takeSecondStep(ctx, req.body));
      if (done === undefined) throw unauthenticated('The code is wrong, or was used already.');
      await setSession(app, reply, done.session);
      return reply.send({ recoveryCodes: done.recoveryCodes });
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
    (req) => byToken(req.transact.bind(req), 'second_factor', (ctx) => beginRequiredSetup(ctx, req.body.token)),
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
}

function linkRoutes(app: App): void {
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
    async (req) => {
      const link = await req.transact((ctx) => readLink(ctx, req.body.token));
      if (link === undefined) throw linkInvalid();
      return link;
    },
  );

  app.post(
    '/links/follow',
    {
      schema: { tags, summary: 'Set a password by a link, and sign in', body: FollowLink, response: entryAnswers },
      config: open,
      preHandler: unbreached(app),
    },
    async (req, reply) => {
      const entry = await req.transact((ctx) => followLink(ctx, req.body));
      if (entry === undefined) throw linkInvalid();
      return entered(app, reply, entry);
    },
  );
}
