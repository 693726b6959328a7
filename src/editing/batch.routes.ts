import type { z } from 'zod';
import type { Customisable } from '../custom-fields.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import type { Restore } from '../upserts.ts';
import { chosenOf } from '../wire.ts';
import { Batch, batchOut } from './batch.schema.ts';
import { runBatch } from './batch.ts';
import { editables, outs, pathOf } from './editable.ts';

/** Many operations in one request. What each of them needs is asked of each. */
export function batchRoutes(app: App, restore: Restore): void {
  for (const object of Object.keys(editables) as Customisable[]) {
    app.post(
      `/${pathOf[object]}/batch`,
      {
        schema: {
          tags: [pathOf[object]],
          summary: `Make, edit and delete up to 200 records of ${pathOf[object]} in one request`,
          body: Batch,
          response: { 200: batchOut(chosenOf<z.ZodRawShape>(outs[object])) },
        },
        config: can(object, 'read'),
      },
      (req) => req.transact((ctx) => runBatch(ctx, object, { ...req.body, restore })),
    );
  }
}
