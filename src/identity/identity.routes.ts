import { z } from 'zod';
import { rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import type { App } from '../http.ts';
import { json } from '../json-text.ts';
import { listOf } from '../pages.ts';
import { versionOf } from '../records.ts';
import { ById, jsonOf, PageQuery, ProblemOut, pageOf } from '../wire.ts';
import { byToken } from './attempts.ts';
import { unbreached } from './breached-passwords.ts';
import {
  CreateKey,
  CreateUser,
  FirstAdmin,
  KeyOut,
  MeOut,
  NewKeyOut,
  RotateKey,
  UpdateUser,
  UserOut,
} from './identity.schema.ts';
import { createKey, getKey, listKeys, revokeKey, rotateKey } from './keys.ts';
import { can, open, reachOf, signedIn, visible } from './permissions.ts';
import { cookieOptions } from './session-cookie.ts';
import { sessionCookie, startSession } from './sessions.ts';
import { createUser, getUser, hasNoAdmin, makeFirstAdmin, updateUser, userColumns } from './users.ts';

const tags = ['identity'];

/** The first admin, users and API keys. */
export function identityRoutes(app: App): void {
  app.get(
    '/setup',
    {
      schema: {
        tags,
        summary: 'Whether the first admin is still to be made',
        response: { 200: z.object({ needed: z.boolean() }) },
      },
      config: open,
    },
    (req) => req.read(async (ctx) => ({ needed: await hasNoAdmin(ctx) })),
  );

  app.post(
    '/setup',
    {
      schema: {
        tags,
        summary: 'Make the first admin with the one-time link',
        body: FirstAdmin,
        response: { 201: UserOut, 401: ProblemOut, 410: ProblemOut },
      },
      config: open,
      preHandler: unbreached(app),
    },
    async (req, reply) => {
      const { token, ...admin } = req.body;
      const { session, user } = await byToken(req.transact.bind(req), 'link', async (ctx) => {
        const made = await makeFirstAdmin(ctx, token, { ...admin, role: 'admin' });
        return {
          session: await startSession(ctx, { userId: made.id, method: 'link', secondFactor: false }),
          user: await userJson(ctx, made.id),
        };
      });
      return reply
        .code(201)
        .setCookie(sessionCookie, session.token, { ...cookieOptions(app), maxAge: session.maxAgeSeconds })
        .send(json(user));
    },
  );

  app.get('/me', { schema: { tags, summary: 'Who is calling', response: { 200: MeOut } }, config: signedIn }, (req) =>
    req.read(async (ctx) => {
      const { actor } = ctx;
      const user = await rowOf(ctx, SQL`select id, name, email, time_zone as "timeZone" from users where id = ${actor.userId}`);
      const { permissions, capabilities, fields = {} } = actor.grants;
      return { kind: actor.kind, user: user ?? null, role: await roleOf(ctx), permissions, capabilities, fields };
    }),
  );

  app.get(
    '/users',
    {
      schema: { tags, summary: 'List users', querystring: PageQuery, response: { 200: pageOf(UserOut) } },
      config: can('user', 'read'),
    },
    (req) =>
      req.read((ctx) =>
        listOf(ctx, req.query, {
          name: `users_${reachOf(ctx.actor, 'user', 'read')}`,
          columns: userColumns,
          from: SQL`users`,
          where: [visible(ctx, 'user', 'users'), SQL`users.removed_at is null`],
          id: 'users.id',
          sorts: { name: { expression: 'users.name collate people', type: 'text' } },
          defaultSort: 'name',
        }),
      ),
  );

  app.post(
    '/users',
    {
      schema: { tags, summary: 'Make a user', body: CreateUser, response: { 201: UserOut } },
      config: can('user', 'create'),
      preHandler: unbreached(app),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await userJson(ctx, (await createUser(ctx, req.body)).id)));
    },
  );

  app.get(
    '/users/:id',
    { schema: { tags, summary: 'Get a user', params: ById, response: { 200: UserOut } }, config: can('user', 'read') },
    (req) => req.read(async (ctx) => json(await getUser(ctx, req.params.id))),
  );

  app.patch(
    '/users/:id',
    {
      schema: { tags, summary: 'Edit a user, or disable them', params: ById, body: UpdateUser, response: { 200: UserOut } },
      config: can('user', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateUser(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getUser(ctx, req.params.id));
      }),
  );

  app.get(
    '/keys',
    { schema: { tags, summary: 'List API keys', response: { 200: pageOf(KeyOut) } }, config: can('key', 'read') },
    (req) => req.read(async (ctx) => json(await listKeys(ctx))),
  );

  app.post(
    '/keys',
    {
      schema: { tags, summary: 'Make an API key; its secret is shown this once', body: CreateKey, response: { 201: NewKeyOut } },
      config: can('key', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => {
        const { id, key } = await createKey(ctx, req.body);
        return { ...(JSON.parse(await getKey(ctx, id)) as object), key };
      });
    },
  );

  app.post(
    '/keys/:id/rotate',
    {
      schema: {
        tags,
        summary: 'Give an API key a new secret, shown this once; the old one works on for a while',
        params: ById,
        body: RotateKey,
        response: { 200: NewKeyOut },
      },
      config: can('key', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const key = await rotateKey(ctx, req.params.id, req.body.overlapHours);
        return { ...(JSON.parse(await getKey(ctx, req.params.id)) as object), key };
      }),
  );

  app.delete(
    '/keys/:id',
    { schema: { tags, summary: 'Revoke an API key', params: ById, response: { 204: z.null() } }, config: can('key', 'delete') },
    async (req, reply) => {
      await req.transact((ctx) => revokeKey(ctx, req.params.id));
      return reply.code(204).send();
    },
  );
}

type Ctx = Parameters<typeof getUser>[0];

/** A user as JSON, whoever asks: for the answer to making one. */
async function userJson(ctx: Ctx, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf(userColumns))}::text as json from users where id = ${id}`,
  );
  return row?.json ?? '';
}

async function roleOf(ctx: Ctx): Promise<string> {
  const row = await rowOf<{ role: string }>(
    ctx,
    ctx.actor.kind === 'key'
      ? SQL`select coalesce(u.role_key, k.role_key) as role from api_keys k left join users u on u.id = k.user_id where k.id = ${ctx.actor.id}`
      : SQL`select role_key as role from users where id = ${ctx.actor.userId}`,
  );
  return row?.role ?? '';
}
