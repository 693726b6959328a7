import { fromDatabase } from '../errors.ts';
import type { App } from '../http.ts';
import { open } from '../identity/permissions.ts';
import { ById, ProblemOut } from '../wire.ts';
import { createIntake } from './intake.ts';
import { AcceptedOut } from './webhook-source.schema.ts';

const bodyLimitBytes = 1_048_576;

/** The address that senders post to, outside the API: bodies of any type, kept as the bytes they are. Register it as a plugin. */
export async function hookRoutes(app: App): Promise<void> {
  const accept = createIntake(app.services);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_req, body, done) => done(null, body));
  app.post(
    '/hooks/:id',
    {
      bodyLimit: bodyLimitBytes,
      schema: {
        tags: ['webhooks'],
        summary: 'Take in a webhook: signed as its source says, answered once it is stored',
        params: ById,
        security: [],
        response: { 202: AcceptedOut, 401: ProblemOut, 404: ProblemOut, 410: ProblemOut, 413: ProblemOut, 503: ProblemOut },
      },
      config: open,
    },
    async (req, reply) => {
      const rawBody = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      try {
        const accepted = await accept({ sourceId: req.params.id, headers: req.headers, rawBody });
        return await reply.code(202).send(accepted);
      } catch (error) {
        throw fromDatabase(error);
      }
    },
  );
}
