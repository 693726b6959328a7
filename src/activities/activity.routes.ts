import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { listRecords, searchRecords } from '../lists.ts';
import { versionOf } from '../records.ts';
import { ById, chosenOf, ListQuery, listOut, RecordQuery, SearchBody } from '../wire.ts';
import { deleteActivity, getActivity, logActivity, updateActivity } from './activities.ts';
import { activityObject } from './activity.object.ts';
import { ActivityOut, LogActivity, UpdateActivity } from './activity.schema.ts';

const tags = ['activities'];

/** Activities: log, read, edit, delete, list. */
export function activityRoutes(app: App): void {
  app.get(
    '/activities',
    {
      schema: { tags, summary: 'List activities', querystring: ListQuery, response: { 200: listOut(ActivityOut) } },
      config: can('activity', 'read'),
    },
    (req) => req.read((ctx) => listRecords(ctx, activityObject, req.query)),
  );

  app.post(
    '/activities/search',
    {
      schema: {
        tags,
        summary: 'Search activities by a tree of filters',
        body: SearchBody,
        response: { 200: listOut(ActivityOut) },
      },
      config: can('activity', 'read'),
    },
    (req) => req.read((ctx) => searchRecords(ctx, activityObject, req.body)),
  );

  app.post(
    '/activities',
    {
      schema: { tags, summary: 'Log a call, meeting, note or mail', body: LogActivity, response: { 201: chosenOf(ActivityOut) } },
      config: can('activity', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getActivity(ctx, await logActivity(ctx, { ...req.body, source: 'user' }))));
    },
  );

  app.get(
    '/activities/:id',
    {
      schema: {
        tags,
        summary: 'Get an activity',
        params: ById,
        querystring: RecordQuery,
        response: { 200: chosenOf(ActivityOut) },
      },
      config: can('activity', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getActivity(ctx, req.params.id, req.query))),
  );

  app.patch(
    '/activities/:id',
    {
      schema: { tags, summary: 'Edit an activity', params: ById, body: UpdateActivity, response: { 200: chosenOf(ActivityOut) } },
      config: can('activity', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateActivity(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getActivity(ctx, req.params.id));
      }),
  );

  app.delete(
    '/activities/:id',
    {
      schema: { tags, summary: 'Take an activity off the timeline', params: ById, response: { 204: z.null() } },
      config: can('activity', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => deleteActivity(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );
}
