import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { eraseAddress } from './erase-address.ts';
import { EraseAddress, EraseContact, ErasureOut, ErasurePreviewOut, ErasureShown } from './erasure.schema.ts';
import { eraseContact, getErasure, getErasureWithRun, listErasures } from './erasures.ts';
import { previewErasure } from './preview.ts';

const tags = ['privacy'];

/** Erasing persons, and the receipts of it. */
export function privacyRoutes(app: App): void {
  app.get(
    '/contacts/:id/erase',
    {
      schema: {
        tags,
        summary: 'What erasing a person would take away',
        params: ById,
        response: { 200: ErasurePreviewOut },
      },
      config: can('erasure', 'read'),
    },
    (req) => req.read((ctx) => previewErasure(ctx, req.params.id)),
  );

  app.post(
    '/contacts/:id/erase',
    {
      schema: {
        tags,
        summary: 'Erase a person for good: empties the contact now, and everything else in a run; answers with its receipt',
        params: ById,
        body: EraseContact,
        response: { 202: ErasureOut },
      },
      config: can('erasure', 'create'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => json(await getErasure(ctx, await eraseContact(ctx, req.params.id))));
    },
  );

  app.post(
    '/erasures',
    {
      schema: {
        tags,
        summary: 'Erase whoever has or had an address, also where no contact is left of them; answers with its receipt',
        body: EraseAddress,
        response: { 202: ErasureOut },
      },
      config: can('erasure', 'create'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => json(await getErasure(ctx, await eraseAddress(ctx, req.body.email))));
    },
  );

  app.get(
    '/erasures',
    {
      schema: {
        tags,
        summary: 'Receipts of erasures, newest first',
        querystring: PageQuery,
        response: { 200: pageOf(ErasureOut) },
      },
      config: can('erasure', 'read'),
    },
    (req) => req.read((ctx) => listErasures(ctx, req.query)),
  );

  app.get(
    '/erasures/:id',
    {
      schema: { tags, summary: 'The receipt of an erasure, and how far it is', params: ById, response: { 200: ErasureShown } },
      config: can('erasure', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getErasureWithRun(ctx, req.params.id))),
  );
}
