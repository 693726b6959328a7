import { z } from 'zod';
import type { App } from '../http.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import {
  AccessSettings,
  ByKey,
  ByMember,
  ByShare,
  CreateRole,
  CreateShare,
  CreateTeam,
  RemoveUser,
  RightsOut,
  RoleOut,
  ShareOut,
  TeamOut,
  UpdateRole,
  UpdateTeam,
} from './permission.schema.ts';
import { can } from './permissions.ts';
import { removeUser } from './remove-user.ts';
import { rightsTo } from './rights.ts';
import { accessSettings, createRole, deleteRole, getRole, listRoles, setAccessSettings, updateRole } from './roles.ts';
import { listShares, shareRecord, unshareRecord } from './shares.ts';
import { addMember, createTeam, deleteTeam, getTeam, listTeams, removeMember, updateTeam } from './teams.ts';

const tags = ['access'];

/** Roles, teams, who inherits, and the sharing of single records. */
export function accessRoutes(app: App): void {
  roleRoutes(app);
  teamRoutes(app);
  shareRoutes(app);
}

function roleRoutes(app: App): void {
  app.get(
    '/roles',
    { schema: { tags, summary: 'List roles', response: { 200: pageOf(RoleOut) } }, config: can('role', 'read') },
    (req) => req.read(async (ctx) => json(await listRoles(ctx))),
  );

  app.post(
    '/roles',
    { schema: { tags, summary: 'Make a role', body: CreateRole, response: { 201: RoleOut } }, config: can('role', 'create') },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => {
        await createRole(ctx, req.body);
        return json(await getRole(ctx, req.body.key));
      });
    },
  );

  app.get(
    '/roles/:key',
    { schema: { tags, summary: 'Get a role', params: ByKey, response: { 200: RoleOut } }, config: can('role', 'read') },
    (req) => req.read(async (ctx) => json(await getRole(ctx, req.params.key))),
  );

  app.patch(
    '/roles/:key',
    {
      schema: { tags, summary: 'Edit a role', params: ByKey, body: UpdateRole, response: { 200: RoleOut } },
      config: can('role', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateRole(ctx, { key: req.params.key, version: versionOf(req) }, req.body);
        return json(await getRole(ctx, req.params.key));
      }),
  );

  app.delete(
    '/roles/:key',
    { schema: { tags, summary: 'Delete a role', params: ByKey, response: { 204: z.null() } }, config: can('role', 'delete') },
    async (req, reply) => {
      await req.transact((ctx) => deleteRole(ctx, req.params.key));
      return reply.code(204).send();
    },
  );

  app.get(
    '/settings/access',
    {
      schema: { tags, summary: 'Whether reps read only what is their team’s', response: { 200: AccessSettings } },
      config: can('role', 'read'),
    },
    (req) => req.read(accessSettings),
  );

  app.patch(
    '/settings/access',
    {
      schema: {
        tags,
        summary: 'Say whether reps read only what is their team’s',
        body: AccessSettings,
        response: { 200: AccessSettings },
      },
      config: can('role', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await setAccessSettings(ctx, req.body);
        return accessSettings(ctx);
      }),
  );
}

function teamRoutes(app: App): void {
  app.delete(
    '/users/:id',
    {
      schema: {
        tags,
        summary: 'Remove a user; what they own goes to who inherits',
        params: ById,
        body: RemoveUser,
        response: { 204: z.null() },
      },
      config: can('user', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => removeUser(ctx, req.params.id, req.body.inheritor));
      return reply.code(204).send();
    },
  );

  app.get(
    '/teams',
    {
      schema: { tags, summary: 'List teams with their members', response: { 200: pageOf(TeamOut) } },
      config: can('team', 'read'),
    },
    (req) => req.read(async (ctx) => json(await listTeams(ctx))),
  );

  app.post(
    '/teams',
    { schema: { tags, summary: 'Make a team', body: CreateTeam, response: { 201: TeamOut } }, config: can('team', 'create') },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getTeam(ctx, await createTeam(ctx, req.body))));
    },
  );

  app.get(
    '/teams/:id',
    { schema: { tags, summary: 'Get a team', params: ById, response: { 200: TeamOut } }, config: can('team', 'read') },
    (req) => req.read(async (ctx) => json(await getTeam(ctx, req.params.id))),
  );

  app.patch(
    '/teams/:id',
    {
      schema: { tags, summary: 'Edit a team', params: ById, body: UpdateTeam, response: { 200: TeamOut } },
      config: can('team', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateTeam(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getTeam(ctx, req.params.id));
      }),
  );

  app.delete(
    '/teams/:id',
    { schema: { tags, summary: 'Delete a team', params: ById, response: { 204: z.null() } }, config: can('team', 'delete') },
    async (req, reply) => {
      await req.transact((ctx) => deleteTeam(ctx, req.params.id));
      return reply.code(204).send();
    },
  );

  app.put(
    '/teams/:id/members/:userId',
    {
      schema: { tags, summary: 'Put a user into a team', params: ByMember, response: { 204: z.null() } },
      config: can('team', 'edit'),
    },
    async (req, reply) => {
      await req.transact((ctx) => addMember(ctx, req.params.id, req.params.userId));
      return reply.code(204).send();
    },
  );

  app.delete(
    '/teams/:id/members/:userId',
    {
      schema: { tags, summary: 'Take a user out of a team', params: ByMember, response: { 204: z.null() } },
      config: can('team', 'edit'),
    },
    async (req, reply) => {
      await req.transact((ctx) => removeMember(ctx, req.params.id, req.params.userId));
      return reply.code(204).send();
    },
  );
}

const paths = { contact: '/contacts/:id/shares', company: '/companies/:id/shares', deal: '/deals/:id/shares' } as const;

const rightsPaths = { contact: '/contacts/:id/rights', company: '/companies/:id/rights', deal: '/deals/:id/rights' } as const;

function shareRoutes(app: App): void {
  for (const object of ['contact', 'company', 'deal'] as const) {
    app.get(
      paths[object],
      {
        schema: { tags, summary: `Whom a ${object} is shared with`, params: ById, response: { 200: pageOf(ShareOut) } },
        config: can(object, 'read'),
      },
      (req) => req.read(async (ctx) => json(await listShares(ctx, { object, id: req.params.id }))),
    );

    app.get(
      rightsPaths[object],
      {
        schema: { tags, summary: `What the caller may do to a ${object}`, params: ById, response: { 200: RightsOut } },
        config: can(object, 'read'),
      },
      (req) => req.read((ctx) => rightsTo(ctx, { object, id: req.params.id })),
    );

    app.post(
      paths[object],
      {
        schema: {
          tags,
          summary: `Share a ${object} with a user or a team, to read or to edit`,
          params: ById,
          body: CreateShare,
          response: { 201: ShareOut },
        },
        config: can(object, 'edit'),
      },
      (req, reply) => {
        reply.code(201);
        return req.transact(async (ctx) => json(await shareRecord(ctx, { object, id: req.params.id }, req.body)));
      },
    );

    app.delete(
      `${paths[object]}/:shareId`,
      {
        schema: { tags, summary: `End a share of a ${object}`, params: ByShare, response: { 204: z.null() } },
        config: can(object, 'edit'),
      },
      async (req, reply) => {
        await req.transact((ctx) => unshareRecord(ctx, { object, id: req.params.id }, req.params.shareId));
        return reply.code(204).send();
      },
    );
  }
}
