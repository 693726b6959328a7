import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { ById, pageOf } from '../wire.ts';
import { TimelineEntry, TimelineQuery } from './timeline.schema.ts';
import { timelineOf } from './timeline.ts';

const paths = { contact: '/contacts/:id/timeline', company: '/companies/:id/timeline', deal: '/deals/:id/timeline' } as const;

/** One merged, paged timeline for a contact, company or deal. */
export function timelineRoutes(app: App): void {
  for (const object of ['contact', 'company', 'deal'] as const) {
    app.get(
      paths[object],
      {
        schema: {
          tags: ['timeline'],
          summary: `What happened with a ${object}, newest first`,
          params: ById,
          querystring: TimelineQuery,
          response: { 200: pageOf(TimelineEntry) },
        },
        config: can(object, 'read'),
      },
      (req) => req.read((ctx) => timelineOf(ctx, { object, id: req.params.id }, req.query)),
    );
  }
}
