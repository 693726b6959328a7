import { z } from 'zod';
import { CompanyOut } from '../companies/company.schema.ts';
import { ContactOut } from '../contacts/contact.schema.ts';
import type { App } from '../http.ts';
import { can, signedIn } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ById, chosenOf, pageOf } from '../wire.ts';
import { DuplicatesQuery, duplicateOf, pairOut } from './duplicate.schema.ts';
import { dismissDuplicate, duplicatesOf, listDuplicates } from './duplicates.ts';

const tags = ['duplicates'];
const sides = [
  { path: '/contacts/:id/duplicates', object: 'contact', out: chosenOf<z.ZodRawShape>(ContactOut) },
  { path: '/companies/:id/duplicates', object: 'company', out: chosenOf<z.ZodRawShape>(CompanyOut) },
] as const;

/** Records that may be about the same person or company: to review, of one record, and dismissed. */
export function duplicateRoutes(app: App): void {
  app.get(
    '/duplicates',
    {
      schema: {
        tags,
        summary: 'List pairs of contacts or companies that may be the same, the likeliest first',
        querystring: DuplicatesQuery,
        response: { 200: pageOf(pairOut(z.union(sides.map(({ out }) => out)))) },
      },
      config: signedIn,
    },
    (req) => req.read((ctx) => listDuplicates(ctx, req.query)),
  );

  app.post(
    '/duplicates/:id/dismiss',
    {
      schema: { tags, summary: 'Say that two records are not the same', params: ById, response: { 204: z.null() } },
      config: signedIn,
    },
    async (req, reply) => {
      await req.transact((ctx) => dismissDuplicate(ctx, req.params.id));
      return reply.code(204).send();
    },
  );

  for (const { path, object, out } of sides) {
    app.get(
      path,
      {
        schema: {
          tags,
          summary: `What may be the same as a ${object}`,
          params: ById,
          response: { 200: pageOf(duplicateOf(out)) },
        },
        config: can(object, 'read'),
      },
      (req) => req.read(async (ctx) => json(await duplicatesOf(ctx, object, req.params.id))),
    );
  }
}
