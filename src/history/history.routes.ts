import type { Customisable } from '../custom-fields.ts';
import { editables, outs, pathOf } from '../editing/editable.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import { ByEntry, HistoryEntry, HistoryQuery, PutBack } from './history.schema.ts';
import { historyOf, putBack } from './history.ts';

const objects = Object.keys(pathOf) as Customisable[]; // the literal's own keys

/** History of each record, from the log, and putting one old value back. */
export function historyRoutes(app: App): void {
  for (const object of objects) {
    app.get(
      `/${pathOf[object]}/:id/history`,
      {
        schema: {
          tags: ['history'],
          summary: `What changed in a record of ${pathOf[object]}, field by field, newest first`,
          params: ById,
          querystring: HistoryQuery,
          response: { 200: pageOf(HistoryEntry) },
        },
        config: can(object, 'read'),
      },
      (req) => req.read((ctx) => historyOf(ctx, { object, id: req.params.id }, req.query)),
    );
    app.post(
      `/${pathOf[object]}/:id/history/:eventId/restore`,
      {
        schema: {
          tags: ['history'],
          summary: 'Give a field the value again that it had before this entry',
          params: ByEntry,
          body: PutBack,
          response: { 200: outs[object] },
        },
        config: can(object, 'edit'),
      },
      (req) =>
        req.transact(async (ctx) => {
          const { id, eventId } = req.params;
          await putBack(ctx, { object, id, version: versionOf(req) }, { eventId, field: req.body.field });
          return json(await editables[object].json(ctx, id));
        }),
    );
  }
}
