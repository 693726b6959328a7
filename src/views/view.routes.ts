import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import { CreateView, ListViews, UpdateView, ViewOut } from './view.schema.ts';
import { createView, deleteView, getView, listViews, updateView } from './views.ts';

const tags = ['views'];

/** Saved views of the lists: make, read, change, delete, list. */
export function viewRoutes(app: App): void {
  app.get(
    '/views',
    {
      schema: { tags, summary: 'List views by name', querystring: ListViews, response: { 200: pageOf(ViewOut) } },
      config: can('view', 'read'),
    },
    (req) => req.read((ctx) => listViews(ctx, req.query)),
  );

  app.post(
    '/views',
    { schema: { tags, summary: 'Save a view', body: CreateView, response: { 201: ViewOut } }, config: can('view', 'create') },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getView(ctx, await createView(ctx, req.body))));
    },
  );

  app.get(
    '/views/:id',
    { schema: { tags, summary: 'Get a view', params: ById, response: { 200: ViewOut } }, config: can('view', 'read') },
    (req) => req.read(async (ctx) => json(await getView(ctx, req.params.id))),
  );

  app.patch(
    '/views/:id',
    {
      schema: { tags, summary: 'Change a view', params: ById, body: UpdateView, response: { 200: ViewOut } },
      config: can('view', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateView(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getView(ctx, req.params.id));
      }),
  );

  app.delete(
    '/views/:id',
    { schema: { tags, summary: 'Delete a view', params: ById, response: { 204: z.null() } }, config: can('view', 'delete') },
    async (req, reply) => {
      await req.transact((ctx) => deleteView(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );
}
