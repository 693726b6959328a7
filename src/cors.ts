import type { FastifyInstance } from 'fastify';

/** What a page may send beside what the Fetch standard lets it. */
const sent = 'authorization, content-type, if-match, if-none-match, idempotency-key, last-event-id, x-request-id';
/** What it may read beside the body. */
const read = 'content-disposition, etag, ratelimit, ratelimit-policy, retry-after, x-request-id';

/**
 * Lets pages of these origins call the API with a key (Fetch standard, section 3.3); nobody else's page can, and none with a session: a
 * cookie is neither sent along nor its answer read.
 */
export function letOriginsCall(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook('onRequest', async (req, reply) => {
    if (!req.url.startsWith('/api/')) return undefined;
    reply.header('vary', 'origin');
    const { origin, 'access-control-request-method': asked } = req.headers;
    if (origin === undefined || !origins.includes(origin)) return undefined;
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', read);
    if (req.method !== 'OPTIONS' || asked === undefined) return undefined;
    return reply
      .header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
      .header('access-control-allow-headers', sent)
      .header('access-control-max-age', '600')
      .code(204)
      .send();
  });
}
