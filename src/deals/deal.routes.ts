import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { listRecords, searchRecords } from '../lists.ts';
import { versionOf } from '../records.ts';
import { RunOut } from '../runs.schema.ts';
import { runJson } from '../runs.ts';
import { ById, chosenOf, ListQuery, listOut, pageOf, RecordQuery, SearchBody } from '../wire.ts';
import { dealObject } from './deal.object.ts';
import {
  ByDealContact,
  CloseDeal,
  CreateDeal,
  DealContactRole,
  DealOut,
  DealTotalOut,
  MoveDeal,
  UpdateDeal,
} from './deal.schema.ts';
import { putDealContact, removeDealContact } from './deal-contacts.ts';
import { createDeal, dealTotals, deleteDeal, getDeal, updateDeal } from './deals.ts';
import { closeDeal, moveDeal, reopenDeal } from './move-deal.ts';

const tags = ['deals'];

/** Deals: create, read, edit, delete, list, move, close, reopen. */
export function dealRoutes(app: App): void {
  app.get(
    '/deals',
    {
      schema: { tags, summary: 'List deals', querystring: ListQuery, response: { 200: listOut(DealOut) } },
      config: can('deal', 'read'),
    },
    (req) => req.read((ctx) => listRecords(ctx, dealObject, req.query)),
  );

  app.post(
    '/deals/search',
    {
      schema: { tags, summary: 'Search deals by a tree of filters', body: SearchBody, response: { 200: listOut(DealOut) } },
      config: can('deal', 'read'),
    },
    (req) => req.read((ctx) => searchRecords(ctx, dealObject, req.body)),
  );

  app.post(
    '/deals',
    {
      schema: { tags, summary: 'Make a deal', body: CreateDeal, response: { 201: chosenOf(DealOut) } },
      config: can('deal', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getDeal(ctx, (await createDeal(ctx, req.body)).id)));
    },
  );

  app.get(
    '/deals/totals',
    {
      schema: { tags, summary: 'Number and sum of deals per stage and currency', response: { 200: pageOf(DealTotalOut) } },
      config: can('deal', 'read'),
    },
    (req) => req.read(async (ctx) => json(await dealTotals(ctx))),
  );

  app.get(
    '/deals/:id',
    {
      schema: { tags, summary: 'Get a deal', params: ById, querystring: RecordQuery, response: { 200: chosenOf(DealOut) } },
      config: can('deal', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getDeal(ctx, req.params.id, req.query))),
  );

  app.patch(
    '/deals/:id',
    {
      schema: { tags, summary: 'Edit a deal', params: ById, body: UpdateDeal, response: { 200: chosenOf(DealOut) } },
      config: can('deal', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateDeal(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getDeal(ctx, req.params.id));
      }),
  );

  app.delete(
    '/deals/:id',
    { schema: { tags, summary: 'Delete a deal', params: ById, response: { 204: z.null() } }, config: can('deal', 'delete') },
    async (req, reply) => {
      await req.transact((ctx) => deleteDeal(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );
  lifecycleRoutes(app);
  contactRoutes(app);
}

function contactRoutes(app: App): void {
  app.put(
    '/deals/:id/contacts/:contactId',
    {
      schema: {
        tags,
        summary: 'Give a contact a role in a deal',
        params: ByDealContact,
        body: DealContactRole,
        response: { 200: chosenOf(DealOut) },
      },
      config: can('deal', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const { id, contactId } = req.params;
        await putDealContact(ctx, { id, version: versionOf(req) }, { contactId, role: req.body.role });
        return json(await getDeal(ctx, id));
      }),
  );

  app.delete(
    '/deals/:id/contacts/:contactId',
    {
      schema: { tags, summary: "Take a contact's role in a deal", params: ByDealContact, response: { 204: z.null() } },
      config: can('deal', 'edit'),
    },
    async (req, reply) => {
      const { id, contactId } = req.params;
      await req.transact((ctx) => removeDealContact(ctx, { id, version: versionOf(req) }, contactId));
      return reply.code(204).send();
    },
  );
}

function lifecycleRoutes(app: App): void {
  app.patch(
    '/deals/:id/stage',
    {
      schema: {
        tags,
        summary: 'Move a deal to another stage or pipeline, or within its stage',
        params: ById,
        body: MoveDeal,
        response: { 200: chosenOf(DealOut) },
      },
      config: can('deal', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await moveDeal(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getDeal(ctx, req.params.id));
      }),
  );

  app.post(
    '/deals/:id/close',
    {
      schema: {
        tags,
        summary: 'Close a deal as won or lost',
        params: ById,
        body: CloseDeal,
        response: { 200: chosenOf(DealOut) },
      },
      config: can('deal', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await closeDeal(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getDeal(ctx, req.params.id));
      }),
  );

  app.post(
    '/deals/:id/reopen',
    {
      schema: { tags, summary: 'Reopen a closed deal', params: ById, response: { 200: chosenOf(DealOut) } },
      config: can('deal', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await reopenDeal(ctx, { id: req.params.id, version: versionOf(req) });
        return json(await getDeal(ctx, req.params.id));
      }),
  );

  app.get(
    '/deals/:id/workflow',
    {
      schema: { tags, summary: 'What the workflow of a deal awaits', params: ById, response: { 200: RunOut } },
      config: can('deal', 'read'),
    },
    (req) =>
      req.read(async (ctx) => {
        await getDeal(ctx, req.params.id);
        return json(await runJson(ctx, 'deal', req.params.id));
      }),
  );
}
