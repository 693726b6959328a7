import type { App } from '../http.ts';
import { signedIn } from '../identity/permissions.ts';
import { pageOf } from '../wire.ts';
import { describeObjects } from './describe.ts';
import { ObjectOut } from './object.schema.ts';

/** What the lists of each object may be asked. */
export function objectRoutes(app: App): void {
  app.get(
    '/objects',
    {
      schema: {
        tags: ['objects'],
        summary: 'List objects with their fields, and how each may be filtered and sorted by',
        response: { 200: pageOf(ObjectOut) },
      },
      config: signedIn,
    },
    (req) => req.read(async (ctx) => ({ data: await describeObjects(ctx), nextCursor: null })),
  );
}
