import { z } from 'zod';
import type { Customisable } from '../custom-fields.ts';
import { editables, outs, pathOf } from '../editing/editable.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, chosenOf, ListQuery, listOut } from '../wire.ts';
import { listDeleted } from './deleted.ts';
import { restoreRecord } from './restore.ts';

/** What was deleted, and bringing it back. Who may delete a record may see that it was, and restore it. */
export function deletionRoutes(app: App): void {
  for (const object of Object.keys(editables) as Customisable[]) {
    const path = pathOf[object];
    const tags = [path];
    const out: z.ZodObject = outs[object];
    const response = { 200: listOut(out.extend({ deletedAt: z.string() })) };
    app.get(
      `/${path}/deleted`,
      {
        schema: { tags, summary: `List the deleted ${path} that one may restore`, querystring: ListQuery, response },
        config: can(object, 'delete'),
      },
      (req) => req.read((ctx) => listDeleted(ctx, object, req.query)),
    );

    app.post(
      `/${path}/:id/restore`,
      {
        schema: {
          tags,
          summary: `Restore a deleted record of ${path}`,
          params: ById,
          response: { 200: chosenOf(out) },
        },
        config: can(object, 'delete'),
      },
      (req) =>
        req.transact(async (ctx) => {
          await restoreRecord(ctx, { object, id: req.params.id, version: versionOf(req) });
          return json(await editables[object].json(ctx, req.params.id));
        }),
    );
  }
}
