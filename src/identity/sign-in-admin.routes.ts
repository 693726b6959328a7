import { z } from 'zod';
import type { App } from '../http.ts';
import { ById } from '../wire.ts';
import { giveLink } from './links.ts';
import { can } from './permissions.ts';
import { unlinkUser } from './provider-sign-in.ts';
import { resetSecondFactor } from './second-factor.ts';
import { baseOf } from './session-cookie.ts';
import { MailTestOut, NewLinkOut, SignInSettings } from './sign-in.schema.ts';
import { setSignInSettings, signInSettings } from './sign-in-settings.ts';
import { ownAddress, signOutUser } from './users.ts';

const tags = ['sign-in'];

/** How people may sign in, and ways in for single ones of them. */
export function signInAdminRoutes(app: App): void {
  settingsRoutes(app);
  userRoutes(app);
}

function userRoutes(app: App): void {
  app.post(
    '/users/:id/link',
    {
      schema: { tags, summary: 'Invite a user, or let them set a new password', params: ById, response: { 201: NewLinkOut } },
      config: can('user', 'edit'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => {
        const { path, ...link } = await giveLink(ctx, req.params.id, { shown: false });
        return { ...link, url: path === null ? null : baseOf(app, req) + path };
      });
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

  app.delete(
    '/users/:id/sessions',
    {
      schema: { tags, summary: 'Sign a user out everywhere', params: ById, response: { 204: z.null() } },
      config: can('user', 'edit'),
    },
    async (req, reply) => {
      await req.transact((ctx) => signOutUser(ctx, req.params.id));
      return reply.code(204).send();
    },
  );

  app.delete(
    '/users/:id/provider-links',
    {
      schema: { tags, summary: 'Forget whom a user is at the providers', params: ById, response: { 204: z.null() } },
      config: can('user', 'edit'),
    },
    async (req, reply) => {
      await req.transact((ctx) => unlinkUser(ctx, req.params.id));
      return reply.code(204).send();
    },
  );
}

function settingsRoutes(app: App): void {
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
