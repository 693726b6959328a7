import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById } from '../wire.ts';
import { ActivityTypeOut, ActivityTypesOut, CreateActivityType, UpdateActivityType } from './activity-type.schema.ts';
import { createActivityType, getActivityType, listActivityTypes, updateActivityType } from './activity-types.ts';

const tags = ['activities'];

/** Types of activities: make, read, rename, archive. */
export function activityTypeRoutes(app: App): void {
  app.get(
    '/activity-types',
    {
      schema: { tags, summary: 'List the types of activities', response: { 200: ActivityTypesOut } },
      config: can('activity_type', 'read'),
    },
    (req) => req.read(async (ctx) => json(await listActivityTypes(ctx))),
  );

  app.post(
    '/activity-types',
    {
      schema: { tags, summary: 'Make a type of activity', body: CreateActivityType, response: { 201: ActivityTypeOut } },
      config: can('activity_type', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getActivityType(ctx, await createActivityType(ctx, req.body))));
    },
  );

  app.get(
    '/activity-types/:id',
    {
      schema: { tags, summary: 'Get a type of activity', params: ById, response: { 200: ActivityTypeOut } },
      config: can('activity_type', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getActivityType(ctx, req.params.id))),
  );

  app.patch(
    '/activity-types/:id',
    {
      schema: {
        tags,
        summary: 'Rename a type of activity, give it an icon, archive it',
        params: ById,
        body: UpdateActivityType,
        response: { 200: ActivityTypeOut },
      },
      config: can('activity_type', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateActivityType(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getActivityType(ctx, req.params.id));
      }),
  );
}
