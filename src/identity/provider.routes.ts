import { z } from 'zod';
import { AppError, isUnavailable } from '../errors.ts';
import type { App } from '../http.ts';
import { versionOf } from '../records.ts';
import { ById, ProblemOut, pageOf } from '../wire.ts';
import { can, open } from './permissions.ts';
import {
  ByProviderKey,
  CreateProvider,
  ProviderBeginOut,
  ProviderFinish,
  ProviderOut,
  UpdateProvider,
} from './provider.schema.ts';
import {
  beginProviderAttempt,
  enterFromProvider,
  findProvider,
  notLetIn,
  openFlow,
  providerAttemptFailed,
  sealFlow,
} from './provider-sign-in.ts';
import {
  createProvider,
  deleteProvider,
  getProvider,
  listProviders,
  redirectPath,
  type ShownProvider,
  updateProvider,
} from './providers.ts';
import { baseOf, cookieOptions, entered, entryAnswers } from './session-cookie.ts';

const tags = ['sign-in'];

/** Sign-in by OpenID Connect, and the providers that it may be done with. */
export function providerRoutes(app: App): void {
  signInByProviderRoutes(app);
  settingsRoutes(app);
}

const flowCookie = 'throughline_provider';
/** Sent to these routes alone, and by our own page alone: it reads the address that the provider leads to, and calls. */
const flowCookieOptions = (app: App) => ({
  ...cookieOptions(app),
  path: '/api/v1/session/provider',
  sameSite: 'strict' as const,
});

function signInByProviderRoutes(app: App): void {
  const providers = () => app.services.ports.identityProviders;

  app.post(
    '/session/provider/:key',
    {
      schema: { tags, summary: 'Begin to sign in with a provider', params: ByProviderKey, response: { 200: ProviderBeginOut } },
      config: open,
    },
    async (req, reply) => {
      const provider = await req.read((ctx) => findProvider(ctx, req.params.key, baseOf(app, req)));
      const { url, checks } = await providers().begin(provider.client);
      const { cookie, maxAgeSeconds } = await req.read(async (ctx) => sealFlow(ctx, provider.id, checks));
      return reply.setCookie(flowCookie, cookie, { ...flowCookieOptions(app), maxAge: maxAgeSeconds }).send({ url });
    },
  );

  app.post(
    '/session/provider/:key/finish',
    {
      schema: {
        tags,
        summary: 'Sign in with what a provider answered',
        params: ByProviderKey,
        body: ProviderFinish,
        response: { ...entryAnswers, 404: ProblemOut },
      },
      config: open,
    },
    async (req, reply) => {
      const provider = await req.read((ctx) => findProvider(ctx, req.params.key, baseOf(app, req)));
      await req.transact(beginProviderAttempt);
      const checks = await req.read(async (ctx) => openFlow(ctx, provider.id, req.cookies[flowCookie]));
      reply.clearCookie(flowCookie, flowCookieOptions(app));
      if (checks === undefined) {
        await req.transact(async (ctx) => providerAttemptFailed(ctx));
        throw new AppError(
          'sign_in_step_invalid',
          410,
          'This sign-in has expired, or was begun in another browser; begin again.',
        );
      }
      const answer = await providers()
        .finish(provider.client, req.body.query, checks)
        .catch(async (error: unknown) => {
          if (!isUnavailable(error)) await req.transact(async (ctx) => providerAttemptFailed(ctx));
          throw error;
        });
      const entry = await req.transact((ctx) => enterFromProvider(ctx, provider, answer));
      if ('refused' in entry) throw notLetIn(entry.refused);
      return entered(app, reply, entry);
    },
  );
}

function settingsRoutes(app: App): void {
  app.get(
    '/identity-providers',
    { schema: { tags, summary: 'List providers', response: { 200: pageOf(ProviderOut) } }, config: can('system', 'read') },
    (req) => {
      const leads = leadingTo(baseOf(app, req));
      return req.read(async (ctx) => ({ data: (await listProviders(ctx)).map(leads), nextCursor: null }));
    },
  );

  app.post(
    '/identity-providers',
    {
      schema: { tags, summary: 'Add a provider', body: CreateProvider, response: { 201: ProviderOut } },
      config: can('system', 'edit'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) =>
        leadingTo(baseOf(app, req))(await getProvider(ctx, await createProvider(ctx, req.body))),
      );
    },
  );

  app.get(
    '/identity-providers/:id',
    {
      schema: { tags, summary: 'Get a provider', params: ById, response: { 200: ProviderOut } },
      config: can('system', 'read'),
    },
    (req) => req.read(async (ctx) => leadingTo(baseOf(app, req))(await getProvider(ctx, req.params.id))),
  );

  app.patch(
    '/identity-providers/:id',
    {
      schema: { tags, summary: 'Edit a provider', params: ById, body: UpdateProvider, response: { 200: ProviderOut } },
      config: can('system', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateProvider(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return leadingTo(baseOf(app, req))(await getProvider(ctx, req.params.id));
      }),
  );

  app.delete(
    '/identity-providers/:id',
    { schema: { tags, summary: 'Delete a provider', params: ById, response: { 204: z.null() } }, config: can('system', 'edit') },
    async (req, reply) => {
      await req.transact((ctx) => deleteProvider(ctx, req.params.id));
      return reply.code(204).send();
    },
  );
}

/** Adds where a provider is to lead back to. */
const leadingTo = (base: string) => (provider: ShownProvider) => ({
  ...provider,
  redirectUri: base + redirectPath(provider.key),
});
