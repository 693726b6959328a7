import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import { convertField } from './convert-field.ts';
import { ConversionOut, ConvertField, CreateField, FieldOut, ListFields, UpdateField } from './field.schema.ts';
import { archiveField, createField, getField, listFields, restoreField, updateField } from './fields.ts';

const tags = ['custom fields'];

/** Custom fields: make, read, change, convert, archive, restore, list. */
export function fieldRoutes(app: App): void {
  app.get(
    '/custom-fields',
    {
      schema: { tags, summary: 'List custom fields', querystring: ListFields, response: { 200: pageOf(FieldOut) } },
      config: can('custom_field', 'read'),
    },
    (req) => req.read((ctx) => listFields(ctx, req.query)),
  );

  app.post(
    '/custom-fields',
    {
      schema: {
        tags,
        summary: 'Make a custom field; its index, when it has one, is built in the background',
        body: CreateField,
        response: { 201: FieldOut },
      },
      config: can('custom_field', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getField(ctx, await createField(ctx, req.body))));
    },
  );

  app.get(
    '/custom-fields/:id',
    {
      schema: { tags, summary: 'Get a custom field', params: ById, response: { 200: FieldOut } },
      config: can('custom_field', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getField(ctx, req.params.id))),
  );

  app.patch(
    '/custom-fields/:id',
    {
      schema: {
        tags,
        summary: 'Change a custom field; a new name takes its values along',
        params: ById,
        body: UpdateField,
        response: { 200: FieldOut },
      },
      config: can('custom_field', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateField(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getField(ctx, req.params.id));
      }),
  );
  changeRoutes(app);
}

function changeRoutes(app: App): void {
  app.delete(
    '/custom-fields/:id',
    {
      schema: { tags, summary: 'Archive a custom field; its values stay', params: ById, response: { 204: z.null() } },
      config: can('custom_field', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => archiveField(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );

  app.post(
    '/custom-fields/:id/restore',
    {
      schema: { tags, summary: 'Bring an archived custom field back', params: ById, response: { 200: FieldOut } },
      config: can('custom_field', 'delete'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await restoreField(ctx, { id: req.params.id, version: versionOf(req) });
        return json(await getField(ctx, req.params.id));
      }),
  );

  app.post(
    '/custom-fields/:id/convert',
    {
      schema: {
        tags,
        summary: 'Give a custom field another type, or say what would not convert',
        params: ById,
        body: ConvertField,
        response: { 200: ConversionOut },
      },
      config: can('custom_field', 'edit'),
    },
    (req) => req.transact((ctx) => convertField(ctx, { id: req.params.id, version: versionOf(req) }, req.body)),
  );
}
