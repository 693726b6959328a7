import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { App } from '../http.ts';
import { pageOf } from '../wire.ts';
import { AuditEntryOut, AuditFilter, type AuditFilterInput, AuditQuery } from './audit.schema.ts';
import { csvHead, csvLines, listAudit, noteExport } from './audit.ts';
import { can } from './permissions.ts';

const tags = ['audit'];

/** Who did what: the log, filtered and as CSV. */
export function auditRoutes(app: App): void {
  app.get(
    '/audit',
    {
      schema: { tags, summary: 'Who did what, newest first', querystring: AuditQuery, response: { 200: pageOf(AuditEntryOut) } },
      config: can('audit', 'read'),
    },
    (req) => req.read((ctx) => listAudit(ctx, req.query)),
  );

  app.get(
    '/audit/export',
    {
      exposeHeadRoute: false,
      schema: { tags, summary: 'The audit as CSV', querystring: AuditFilter, response: { 200: z.string() } },
      config: can('audit', 'read'),
    },
    async (req, reply) => {
      await req.transact(async (ctx) => noteExport(ctx, req.query));
      const read = (page: (ctx: Context) => ReturnType<typeof listAudit>) => req.read(page);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="audit.csv"')
        .send(Readable.from(pages(read, req.query)));
    },
  );
}

type Read = (page: (ctx: Context) => ReturnType<typeof listAudit>) => ReturnType<typeof listAudit>;

async function* pages(read: Read, filter: AuditFilterInput): AsyncGenerator<string> {
  yield csvHead;
  for (let cursor: string | undefined; ; ) {
    const at = cursor;
    const { lines, nextCursor } = csvLines(await read((ctx) => listAudit(ctx, { ...filter, limit: 1_000, cursor: at })));
    if (lines !== '') yield lines;
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}
