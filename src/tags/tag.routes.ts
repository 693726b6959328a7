import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import { CreateTag, ListTags, MergeTag, TagOut, UpdateTag } from './tag.schema.ts';
import { createTag, deleteTag, getTag, listTags, mergeTag, updateTag } from './tags.ts';

const tags = ['tags'];

/** Tags: make, read, rename, merge, delete, list. Which tags a record has is its field `tagIds`. */
export function tagRoutes(app: App): void {
  app.get(
    '/tags',
    {
      schema: { tags, summary: 'List tags by name', querystring: ListTags, response: { 200: pageOf(TagOut) } },
      config: can('tag', 'read'),
    },
    (req) => req.read((ctx) => listTags(ctx, req.query)),
  );

  app.post(
    '/tags',
    { schema: { tags, summary: 'Make a tag', body: CreateTag, response: { 201: TagOut } }, config: can('tag', 'create') },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getTag(ctx, await createTag(ctx, req.body))));
    },
  );

  app.get(
    '/tags/:id',
    { schema: { tags, summary: 'Get a tag', params: ById, response: { 200: TagOut } }, config: can('tag', 'read') },
    (req) => req.read(async (ctx) => json(await getTag(ctx, req.params.id))),
  );

  app.patch(
    '/tags/:id',
    {
      schema: { tags, summary: 'Rename or recolour a tag', params: ById, body: UpdateTag, response: { 200: TagOut } },
      config: can('tag', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateTag(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getTag(ctx, req.params.id));
      }),
  );

  app.delete(
    '/tags/:id',
    {
      schema: { tags, summary: 'Delete a tag and take it off all records', params: ById, response: { 204: z.null() } },
      config: can('tag', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => deleteTag(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );

  app.post(
    '/tags/:id/merge',
    {
      schema: {
        tags,
        summary: 'Put another tag in the place of this one',
        params: ById,
        body: MergeTag,
        response: { 200: TagOut },
      },
      config: can('tag', 'delete'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await mergeTag(ctx, { id: req.params.id, version: versionOf(req) }, req.body.into);
        return json(await getTag(ctx, req.body.into));
      }),
  );
}
