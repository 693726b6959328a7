import { z } from 'zod';
import type { Context } from '../context.ts';
import { restorableFor, withRestorable } from '../held-names.ts';
import { type App, parsed } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { listRecords, searchRecords } from '../lists.ts';
import { upsertQuery } from '../match.schema.ts';
import { withDuplicates } from '../near-matches.schema.ts';
import { withPossibleDuplicates } from '../near-matches.ts';
import { versionOf } from '../records.ts';
import { matchIn, type Restore, type Upsertable, upsert } from '../upserts.ts';
import { ById, chosenOf, ListQuery, listOut, ProblemOut, RecordQuery, SearchBody } from '../wire.ts';
import { createCompany, deleteCompany, getCompany, updateCompany } from './companies.ts';
import { companyObject } from './company.object.ts';
import { CompanyOut, CreateCompany, CreatedCompany, UpdateCompany } from './company.schema.ts';
import { domains } from './domains.ts';

const tags = ['companies'];

const upsertable: Upsertable = {
  type: companyObject,
  create: async (ctx, input) => (await createCompany(ctx, parsed(CreateCompany, input))).id,
  edit: async (ctx, revision, patch) => void (await updateCompany(ctx, revision, parsed(UpdateCompany, patch))),
};

/** Companies: create, read, edit, delete, list. */
export function companyRoutes(app: App, restore: Restore): void {
  app.get(
    '/companies',
    {
      schema: { tags, summary: 'List companies', querystring: ListQuery, response: { 200: listOut(CompanyOut) } },
      config: can('company', 'read'),
    },
    (req) => req.read((ctx) => listRecords(ctx, companyObject, req.query)),
  );

  app.post(
    '/companies/search',
    {
      schema: {
        tags,
        summary: 'Search companies by a tree of filters',
        body: SearchBody,
        response: { 200: listOut(CompanyOut) },
      },
      config: can('company', 'read'),
    },
    (req) => req.read((ctx) => searchRecords(ctx, companyObject, req.body)),
  );

  app.post(
    '/companies',
    {
      schema: {
        tags,
        summary: 'Make a company, or with ?match= edit the one there is',
        querystring: upsertQuery('domain'),
        body: CreateCompany,
        response: { 200: chosenOf(withDuplicates(CompanyOut)), 201: chosenOf(withDuplicates(CreatedCompany)), 410: ProblemOut },
      },
      config: can('company', 'create'),
    },
    async (req, reply) => {
      const { query, body } = req;
      const shown = async (ctx: Context, id: string, text: string) =>
        json(query.duplicates ? await withPossibleDuplicates(ctx, companyObject, { id, json: text }) : text);
      const match = matchIn(query, body);
      if (match === undefined) {
        reply.code(201);
        return req.transact(async (ctx) => {
          const { id, restorable } = await createCompany(ctx, body);
          return shown(ctx, id, withRestorable(await getCompany(ctx, id), restorable));
        });
      }
      const what = { match, pointer: '', values: body, version: versionOf(req), restore: query.restore ? restore : undefined };
      return req.transact(async (ctx) => {
        const { id, made } = await upsert(ctx, upsertable, what);
        reply.code(made ? 201 : 200);
        const text = await getCompany(ctx, id);
        return shown(ctx, id, made ? withRestorable(text, await restorableFor(ctx, domains, id)) : text);
      });
    },
  );

  app.get(
    '/companies/:id',
    {
      schema: { tags, summary: 'Get a company', params: ById, querystring: RecordQuery, response: { 200: chosenOf(CompanyOut) } },
      config: can('company', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getCompany(ctx, req.params.id, req.query))),
  );

  app.patch(
    '/companies/:id',
    {
      schema: { tags, summary: 'Edit a company', params: ById, body: UpdateCompany, response: { 200: chosenOf(CompanyOut) } },
      config: can('company', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateCompany(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getCompany(ctx, req.params.id));
      }),
  );

  app.delete(
    '/companies/:id',
    {
      schema: { tags, summary: 'Delete a company', params: ById, response: { 204: z.null() } },
      config: can('company', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => deleteCompany(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );
}
