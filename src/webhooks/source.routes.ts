import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { getReceipt, listReceipts, listRejections, replayReceipt } from './receipts.ts';
import { checkMapping, createSource, deleteSource, getSource, listSources, rotateSourceSecret, updateSource } from './sources.ts';
import {
  CreateSource,
  ListReceipts,
  NewSourceOut,
  ReceiptOut,
  RejectionOut,
  SourceOut,
  UpdateSource,
  WholeReceiptOut,
} from './webhook-source.schema.ts';

const tags = ['webhooks'];

/** Sources of incoming webhooks, and what they have received. */
export function sourceRoutes(app: App): void {
  const { config, ports } = app.services;
  const baseOf = (req: FastifyRequest): string => config.publicUrl?.replace(/\/+$/, '') ?? `${req.protocol}://${req.host}`;

  app.post(
    '/webhook-sources',
    {
      schema: {
        tags,
        summary: 'Make a source of webhooks; its secret is shown this once',
        body: CreateSource,
        response: { 201: NewSourceOut },
      },
      config: can('webhook_source', 'create'),
    },
    async (req, reply) => {
      await checkMapping(ports.evaluator, req.body.mapping);
      reply.code(201);
      return req.transact(async (ctx) => {
        const { id, secret } = await createSource(ctx, req.body);
        return withSecret(await getSource(ctx, id, baseOf(req)), secret);
      });
    },
  );

  app.get(
    '/webhook-sources',
    {
      schema: { tags, summary: 'List sources of webhooks', querystring: PageQuery, response: { 200: pageOf(SourceOut) } },
      config: can('webhook_source', 'read'),
    },
    (req) => req.read((ctx) => listSources(ctx, req.query, baseOf(req))),
  );

  app.get(
    '/webhook-sources/:id',
    {
      schema: { tags, summary: 'Get a source of webhooks', params: ById, response: { 200: SourceOut } },
      config: can('webhook_source', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getSource(ctx, req.params.id, baseOf(req)))),
  );

  app.patch(
    '/webhook-sources/:id',
    {
      schema: {
        tags,
        summary: 'Rename a source, change its mapping, switch it off or on',
        params: ById,
        body: UpdateSource,
        response: { 200: SourceOut },
      },
      config: can('webhook_source', 'edit'),
    },
    async (req) => {
      if (req.body.mapping !== undefined) await checkMapping(ports.evaluator, req.body.mapping);
      return req.transact(async (ctx) => {
        await updateSource(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getSource(ctx, req.params.id, baseOf(req)));
      });
    },
  );

  app.post(
    '/webhook-sources/:id/rotate-secret',
    {
      schema: {
        tags,
        summary: 'Give a source a new secret, shown this once; the old one stays good for 24 hours',
        params: ById,
        response: { 200: NewSourceOut },
      },
      config: can('webhook_source', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const secret = await rotateSourceSecret(ctx, { id: req.params.id, version: versionOf(req) });
        return withSecret(await getSource(ctx, req.params.id, baseOf(req)), secret);
      }),
  );

  app.delete(
    '/webhook-sources/:id',
    {
      schema: { tags, summary: 'Delete a source; its receipts stay', params: ById, response: { 204: z.null() } },
      config: can('webhook_source', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => deleteSource(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );

  receiptRoutes(app);
}

function receiptRoutes(app: App): void {
  app.get(
    '/webhook-sources/:id/receipts',
    {
      schema: {
        tags,
        summary: 'List what a source has received',
        params: ById,
        querystring: ListReceipts,
        response: { 200: pageOf(ReceiptOut) },
      },
      config: can('webhook_source', 'read'),
    },
    (req) => req.read((ctx) => listReceipts(ctx, req.params.id, req.query)),
  );

  app.get(
    '/webhook-sources/:id/rejections',
    {
      schema: {
        tags,
        summary: 'List samples of what a source has refused',
        params: ById,
        querystring: PageQuery,
        response: { 200: pageOf(RejectionOut) },
      },
      config: can('webhook_source', 'read'),
    },
    (req) => req.read((ctx) => listRejections(ctx, req.params.id, req.query)),
  );

  app.get(
    '/webhook-receipts/:id',
    {
      schema: { tags, summary: 'Get a receipt with its payload', params: ById, response: { 200: WholeReceiptOut } },
      config: can('webhook_source', 'read'),
    },
    (req) => req.read((ctx) => getReceipt(ctx, req.params.id)),
  );

  app.post(
    '/webhook-receipts/:id/replay',
    {
      schema: {
        tags,
        summary: 'Put a receipt through the current mapping once more; never makes a second activity',
        params: ById,
        response: { 202: WholeReceiptOut },
      },
      config: can('webhook_source', 'edit'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => {
        await replayReceipt(ctx, req.params.id);
        return getReceipt(ctx, req.params.id);
      });
    },
  );
}

/** The one answer that holds the secret. */
const withSecret = (record: string, secret: string) => ({ ...(JSON.parse(record) as object), secret });
