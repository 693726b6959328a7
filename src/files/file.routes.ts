import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Customisable } from '../custom-fields.ts';
import { AppError, unavailable } from '../errors.ts';
import type { App } from '../http.ts';
import { can, signedIn } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ById, pageOf } from '../wire.ts';
import { FileOut, ListFiles, UploadQuery } from './file.schema.ts';
import { attachFile, deleteFile, findFile, getFile, listFiles, requireRecord } from './files.ts';

const tags = ['files'];
const paths: Readonly<Record<Customisable, string>> = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
  activity: 'activities',
  task: 'tasks',
};
const objects = Object.keys(paths) as Customisable[]; // the literal's own keys

/** Files on records: send, list, fetch, delete. Whoever sees the record sees them. */
export function fileRoutes(app: App): void {
  for (const object of objects) {
    app.get(
      `/${paths[object]}/:id/files`,
      {
        schema: {
          tags,
          summary: `List the files on a record of ${paths[object]}`,
          params: ById,
          querystring: ListFiles,
          response: { 200: pageOf(FileOut) },
        },
        config: can(object, 'read'),
      },
      (req) => req.read((ctx) => listFiles(ctx, { object, id: req.params.id }, req.query)),
    );
  }
  void app.register(async (scope) => uploadRoutes(scope as App));
  singleRoutes(app);
}

/** Bodies of any type, which are streamed and never held. */
function uploadRoutes(app: App): void {
  const limitBytes = app.services.config.fileLimitMb * 1_048_576;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_req: FastifyRequest, content: Readable, done: (error: null, body: Readable) => void) =>
    done(null, content),
  );
  for (const object of objects) {
    app.post(
      `/${paths[object]}/:id/files`,
      {
        schema: {
          tags,
          summary: `Put a file on a record of ${paths[object]}: the body is its content, Content-Type its type`,
          params: ById,
          querystring: UploadQuery,
          response: { 201: FileOut },
        },
        config: can(object, 'edit'),
      },
      async (req, reply) => {
        const of = { object, id: req.params.id };
        if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
        await req.read((ctx) => requireRecord(ctx, of, 'edit'));
        const content = req.body as Readable | undefined; // what the parser above gives
        if (content === undefined || content === null)
          throw new AppError('no_content', 400, 'Send the content of the file as the body.');
        const stored = await app.services.ports.files.put(content, limitBytes).catch((error: unknown) => {
          if (req.raw.destroyed && !(error instanceof AppError))
            throw new AppError('upload_broken_off', 400, 'The body ended early.');
          throw error;
        });
        const file = { ...stored, name: req.query.name, contentType: typeOf(req.headers['content-type']) };
        req.body = file; // what a repeat with the same Idempotency-Key is compared by
        reply.code(201);
        return req.transact(async (ctx) => json(await getFile(ctx, await attachFile(ctx, of, file))));
      },
    );
  }
}

const tooLarge = (limitBytes: number) => new AppError('body_too_large', 413, `A file may have at most ${limitBytes} bytes.`);

const typeOf = (header: string | undefined): string => {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(type) ? type : 'application/octet-stream';
};

function singleRoutes(app: App): void {
  app.get(
    '/files/:id',
    {
      schema: { tags, summary: 'Fetch a file, to be saved', params: ById, response: { 200: z.string() } },
      config: signedIn,
    },
    async (req, reply) => {
      const file = await req.read((ctx) => findFile(ctx, req.params.id, 'read'));
      const content = await app.services.ports.files.open(file.sha256);
      if (content === undefined) throw unavailable('file_store', 'The content of this file cannot be found now.');
      // Somebody else's content on our own address: it is saved, never shown, and could do nothing if it were.
      reply
        .header('content-type', file.contentType)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeName(file.name)}`)
        .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox")
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, no-cache')
        .header('content-length', file.size);
      return reply.send(content);
    },
  );

  app.delete(
    '/files/:id',
    { schema: { tags, summary: 'Take a file off its record', params: ById, response: { 204: z.null() } }, config: signedIn },
    async (req, reply) => {
      await req.transact((ctx) => deleteFile(ctx, req.params.id));
      return reply.code(204).send();
    },
  );
}

/** RFC 8187: what encodeURIComponent leaves is more than a parameter's value may have. */
const encodeName = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
