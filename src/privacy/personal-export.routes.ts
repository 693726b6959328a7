import { z } from 'zod';
import { unavailable } from '../errors.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { PersonalExportOut } from './personal-export.schema.ts';
import { cancelExport, getExport, handOut, listExports, startExport } from './personal-exports.ts';

const tags = ['privacy'];

/** Everything kept on a person, as a zip that is made in the background: begin, watch, cancel, fetch. */
export function personalExportRoutes(app: App): void {
  app.post(
    '/contacts/:id/exports',
    {
      schema: {
        tags,
        summary: 'Begin to gather everything kept on a person that the caller may see; needs the capability export',
        params: ById,
        response: { 202: PersonalExportOut },
      },
      config: can('contact', 'read'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => json(await getExport(ctx, await startExport(ctx, req.params.id))));
    },
  );

  app.get(
    '/contacts/:id/exports',
    {
      schema: {
        tags,
        summary: "The caller's exports of a person, newest first",
        params: ById,
        querystring: PageQuery,
        response: { 200: pageOf(PersonalExportOut) },
      },
      config: can('contact', 'read'),
    },
    (req) => req.read((ctx) => listExports(ctx, req.params.id, req.query)),
  );

  app.get(
    '/personal-exports/:id',
    {
      schema: { tags, summary: 'How far a personal export is', params: ById, response: { 200: PersonalExportOut } },
      config: can('contact', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getExport(ctx, req.params.id))),
  );

  app.post(
    '/personal-exports/:id/cancel',
    {
      schema: { tags, summary: 'Stop a personal export where it is', params: ById, response: { 200: PersonalExportOut } },
      config: can('contact', 'read'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await cancelExport(ctx, req.params.id);
        return json(await getExport(ctx, req.params.id));
      }),
  );

  fileRoute(app);
}

function fileRoute(app: App): void {
  app.get(
    '/personal-exports/:id/file',
    {
      exposeHeadRoute: false,
      schema: { tags, summary: 'Fetch a personal export: a zip of JSON and files', params: ById, response: { 200: z.string() } },
      config: can('contact', 'read'),
    },
    async (req, reply) => {
      const { contactId, sha256, size } = await req.transact((ctx) => handOut(ctx, req.params.id));
      const content = await app.services.ports.files.open(sha256);
      if (content === undefined) throw unavailable('file_store', 'The content of this export cannot be found now.');
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="contact-${contactId}.zip"`)
        .header('cache-control', 'private, no-store')
        .header('content-length', size)
        .send(content);
    },
  );
}
