import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ById, pageOf } from '../wire.ts';
import { BulkEditOut, BulkRowOut, CreateBulkEdit, ListBulkEdits, ListBulkRows } from './bulk-edit.schema.ts';
import { cancelBulkEdit, createBulkEdit, getBulkEdit, listBulkEdits, listBulkRows, undoBulkEdit } from './bulk-edits.ts';

const tags = ['bulk edits'];

/** Changes of many records at once, in the background: begin, watch, cancel, undo. */
export function bulkEditRoutes(app: App): void {
  app.post(
    '/bulk-edits',
    {
      schema: {
        tags,
        summary: 'Begin to change all records of a filter, in the background',
        body: CreateBulkEdit,
        response: { 202: BulkEditOut },
      },
      config: can('bulk_edit', 'create'),
    },
    (req, reply) => {
      reply.code(202);
      return req.transact(async (ctx) => json(await getBulkEdit(ctx, await createBulkEdit(ctx, req.body))));
    },
  );

  app.get(
    '/bulk-edits',
    {
      schema: { tags, summary: 'List bulk edits', querystring: ListBulkEdits, response: { 200: pageOf(BulkEditOut) } },
      config: can('bulk_edit', 'read'),
    },
    (req) => req.read((ctx) => listBulkEdits(ctx, req.query)),
  );

  app.get(
    '/bulk-edits/:id',
    {
      schema: { tags, summary: 'How far a bulk edit is', params: ById, response: { 200: BulkEditOut } },
      config: can('bulk_edit', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getBulkEdit(ctx, req.params.id))),
  );

  app.get(
    '/bulk-edits/:id/records',
    {
      schema: {
        tags,
        summary: 'What became of each record of a bulk edit, and why it was refused',
        params: ById,
        querystring: ListBulkRows,
        response: { 200: pageOf(BulkRowOut) },
      },
      config: can('bulk_edit', 'read'),
    },
    (req) => req.read((ctx) => listBulkRows(ctx, req.params.id, req.query)),
  );

  for (const [verb, summary, deed] of [
    ['cancel', 'Stop a bulk edit where it is', cancelBulkEdit],
    ['undo', 'Put back what nobody has edited since', undoBulkEdit],
  ] as const) {
    app.post(
      `/bulk-edits/:id/${verb}`,
      { schema: { tags, summary, params: ById, response: { 200: BulkEditOut } }, config: can('bulk_edit', 'edit') },
      (req) =>
        req.transact(async (ctx) => {
          await deed(ctx, req.params.id);
          return json(await getBulkEdit(ctx, req.params.id));
        }),
    );
  }
}
