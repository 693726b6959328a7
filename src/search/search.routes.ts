import type { App } from '../http.ts';
import { signedIn } from '../identity/permissions.ts';
import { SearchOut, SearchQuery } from './search.schema.ts';
import { search } from './search.ts';

/** Search over everything the caller may see. */
export function searchRoutes(app: App): void {
  app.get(
    '/search',
    {
      schema: {
        tags: ['search'],
        summary: 'Find records by their words, best first, as one types',
        querystring: SearchQuery,
        response: { 200: SearchOut },
      },
      config: signedIn,
    },
    (req) => req.read((ctx) => search(ctx, req.query)),
  );
}
