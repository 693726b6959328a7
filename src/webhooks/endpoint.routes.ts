import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { getDelivery, listAttempts, listDeliveries, redeliver, sendTest } from './deliveries.ts';
import {
  checkUrl,
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  rotateEndpointSecret,
  updateEndpoint,
} from './endpoints.ts';
import {
  AttemptOut,
  CreateEndpoint,
  DeliveryOut,
  EndpointOut,
  ListDeliveries,
  NewEndpointOut,
  UpdateEndpoint,
} from './webhook-endpoint.schema.ts';

const tags = ['webhooks'];

/** Endpoints that are told of events, and what was sent to them. */
export function endpointRoutes(app: App): void {
  const { ports } = app.services;

  app.post(
    '/webhook-endpoints',
    {
      schema: {
        tags,
        summary: 'Subscribe an address to events; its secret is shown this once',
        body: CreateEndpoint,
        response: { 201: NewEndpointOut },
      },
      config: can('webhook_endpoint', 'create'),
    },
    async (req, reply) => {
      await checkUrl(ports.dialer, req.body.url);
      reply.code(201);
      return req.transact(async (ctx) => {
        const { id, secret } = await createEndpoint(ctx, req.body);
        return withSecret(await getEndpoint(ctx, id), secret);
      });
    },
  );

  app.get(
    '/webhook-endpoints',
    {
      schema: { tags, summary: 'List endpoints', querystring: PageQuery, response: { 200: pageOf(EndpointOut) } },
      config: can('webhook_endpoint', 'read'),
    },
    (req) => req.read((ctx) => listEndpoints(ctx, req.query)),
  );

  app.get(
    '/webhook-endpoints/:id',
    {
      schema: { tags, summary: 'Get an endpoint', params: ById, response: { 200: EndpointOut } },
      config: can('webhook_endpoint', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getEndpoint(ctx, req.params.id))),
  );

  app.patch(
    '/webhook-endpoints/:id',
    {
      schema: {
        tags,
        summary: 'Edit an endpoint, switch it off or on',
        params: ById,
        body: UpdateEndpoint,
        response: { 200: EndpointOut },
      },
      config: can('webhook_endpoint', 'edit'),
    },
    async (req) => {
      if (req.body.url !== undefined) await checkUrl(ports.dialer, req.body.url);
      return req.transact(async (ctx) => {
        await updateEndpoint(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getEndpoint(ctx, req.params.id));
      });
    },
  );

  app.post(
    '/webhook-endpoints/:id/rotate-secret',
    {
      schema: {
        tags,
        summary: 'Give an endpoint a new secret, shown this once; both sign for 24 hours',
        params: ById,
        response: { 200: NewEndpointOut },
      },
      config: can('webhook_endpoint', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const secret = await rotateEndpointSecret(ctx, { id: req.params.id, version: versionOf(req) });
        return withSecret(await getEndpoint(ctx, req.params.id), secret);
      }),
  );

  app.delete(
    '/webhook-endpoints/:id',
    {
      schema: { tags, summary: 'Delete an endpoint', params: ById, response: { 204: z.null() } },
      config: can('webhook_endpoint', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => deleteEndpoint(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );

  deliveryRoutes(app);
}

function deliveryRoutes(app: App): void {
  app.post(
    '/webhook-endpoints/:id/test',
    {
      schema: { tags, summary: 'Send a test event to an endpoint', params: ById, response: { 202: DeliveryOut } },
      config: can('webhook_endpoint', 'edit'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => json(await getDelivery(ctx, await sendTest(ctx, req.params.id))));
    },
  );

  app.get(
    '/webhook-endpoints/:id/deliveries',
    {
      schema: {
        tags,
        summary: 'List what was sent, or is to be sent, to an endpoint',
        params: ById,
        querystring: ListDeliveries,
        response: { 200: pageOf(DeliveryOut) },
      },
      config: can('webhook_endpoint', 'read'),
    },
    (req) => req.read((ctx) => listDeliveries(ctx, req.params.id, req.query)),
  );

  app.get(
    '/webhook-deliveries/:id',
    {
      schema: { tags, summary: 'Get a delivery', params: ById, response: { 200: DeliveryOut } },
      config: can('webhook_endpoint', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getDelivery(ctx, req.params.id))),
  );

  app.get(
    '/webhook-deliveries/:id/attempts',
    {
      schema: {
        tags,
        summary: 'List the attempts of a delivery',
        params: ById,
        querystring: PageQuery,
        response: { 200: pageOf(AttemptOut) },
      },
      config: can('webhook_endpoint', 'read'),
    },
    (req) => req.read((ctx) => listAttempts(ctx, req.params.id, req.query)),
  );

  app.post(
    '/webhook-deliveries/:id/redeliver',
    {
      schema: { tags, summary: 'Send a delivery once more', params: ById, response: { 202: DeliveryOut } },
      config: can('webhook_endpoint', 'edit'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => {
        await redeliver(ctx, req.params.id);
        return json(await getDelivery(ctx, req.params.id));
      });
    },
  );
}

/** The one answer that holds the secret. */
const withSecret = (record: string, secret: string) => ({ ...(JSON.parse(record) as object), secret });
