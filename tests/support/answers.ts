import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../../src/http.ts';
import { ProblemOut } from '../../src/wire.ts';

/** Checks every JSON answer of an app against its declared schema; one that does not fit becomes a 500 that says how. */
export function checkAnswers(app: App): void {
  app.addHook('onSend', async (req: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const type = String(reply.getHeader('content-type') ?? '');
    if (typeof payload !== 'string' || !/json/.test(type) || req.url.startsWith('/docs') || req.url.endsWith('/openapi.json'))
      return payload;
    const declared = (req.routeOptions.schema?.response as Record<number, z.ZodType> | undefined)?.[reply.statusCode];
    const schema = reply.statusCode >= 400 && declared === undefined ? ProblemOut : declared;
    const fault = schema === undefined ? `status ${reply.statusCode} is not declared` : faultOf(schema, payload);
    if (fault === undefined) return payload;
    reply.code(500).type('application/problem+json');
    return JSON.stringify({
      type: 'about:blank',
      title: 'Answer breaks its schema',
      status: 500,
      code: 'answer_breaks_schema',
      detail: `${req.method} ${req.url}: ${fault}`,
    });
  });
}

function faultOf(schema: z.ZodType, payload: string): string | undefined {
  const strict = schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
  const result = (reply(schema) ? schema : strict).safeParse(JSON.parse(payload));
  return result.success ? undefined : z.prettifyError(result.error);
}

/** Problem documents may have further members (RFC 9457, section 3.2). */
const reply = (schema: z.ZodType): boolean => schema === ProblemOut;
