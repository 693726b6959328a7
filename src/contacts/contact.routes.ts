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
import { ById, chosenOf, ListQuery, listOut, ProblemOut, RecordQuery, SearchBody, withWarnings } from '../wire.ts';
import { addresses } from './addresses.ts';
import { contactObject } from './contact.object.ts';
import { ContactOut, CreateContact, CreatedContact, EditedContact, Readmission, UpdateContact } from './contact.schema.ts';
import { createContact, deleteContact, getContact, updateContact } from './contacts.ts';
import { storedPhoneWarnings } from './phones.ts';

const tags = ['contacts'];

const upsertable: Upsertable = {
  type: contactObject,
  create: async (ctx, input) => (await createContact(ctx, parsed(CreateContact, input))).id,
  edit: async (ctx, revision, patch) => void (await updateContact(ctx, revision, parsed(UpdateContact, patch))),
};

/** Contacts: create, read, edit, delete, list. */
export function contactRoutes(app: App, restore: Restore): void {
  app.get(
    '/contacts',
    {
      schema: { tags, summary: 'List contacts', querystring: ListQuery, response: { 200: listOut(ContactOut) } },
      config: can('contact', 'read'),
    },
    (req) => req.read((ctx) => listRecords(ctx, contactObject, req.query)),
  );

  app.post(
    '/contacts/search',
    {
      schema: { tags, summary: 'Search contacts by a tree of filters', body: SearchBody, response: { 200: listOut(ContactOut) } },
      config: can('contact', 'read'),
    },
    (req) => req.read((ctx) => searchRecords(ctx, contactObject, req.body)),
  );

  app.post(
    '/contacts',
    {
      schema: {
        tags,
        summary: 'Make a contact, or with ?match= edit the one there is; an erased person only with ?readmit=true, by a user',
        querystring: upsertQuery('email', 'phone').extend(Readmission),
        body: CreateContact,
        response: {
          200: chosenOf(withDuplicates(EditedContact)),
          201: chosenOf(withDuplicates(CreatedContact)),
          410: ProblemOut,
        },
      },
      config: can('contact', 'create'),
    },
    async (req, reply) => {
      const { query, body } = req;
      const shown = async (ctx: Context, id: string, text: string) =>
        json(query.duplicates ? await withPossibleDuplicates(ctx, contactObject, { id, json: text }) : text);
      const match = matchIn(query, body);
      if (match === undefined) {
        reply.code(201);
        return req.transact(async (ctx) => {
          const made = await createContact(ctx, body, query);
          return query.duplicates ? shown(ctx, made.id, await made.json()) : json(made.json);
        });
      }
      const what = { match, pointer: '', values: body, version: versionOf(req), restore: query.restore ? restore : undefined };
      return req.transact(async (ctx) => {
        const { id, made } = await upsert(ctx, upsertable, what);
        reply.code(made ? 201 : 200);
        const warned = withWarnings(await getContact(ctx, id), await storedPhoneWarnings(ctx, id, body));
        return shown(ctx, id, made ? withRestorable(warned, await restorableFor(ctx, addresses, id)) : warned);
      });
    },
  );

  app.get(
    '/contacts/:id',
    {
      schema: { tags, summary: 'Get a contact', params: ById, querystring: RecordQuery, response: { 200: chosenOf(ContactOut) } },
      config: can('contact', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getContact(ctx, req.params.id, req.query))),
  );

  app.patch(
    '/contacts/:id',
    {
      schema: { tags, summary: 'Edit a contact', params: ById, body: UpdateContact, response: { 200: chosenOf(EditedContact) } },
      config: can('contact', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const edited = await updateContact(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(edited.json);
      }),
  );

  app.delete(
    '/contacts/:id',
    {
      schema: { tags, summary: 'Delete a contact', params: ById, response: { 204: z.null() } },
      config: can('contact', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => deleteContact(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );
}
