import swagger from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App } from './http.ts';
import { ProblemOut } from './wire.ts';

/** What of a route decides how it may refuse. */
interface Refusable {
  method: string;
  schema: FastifySchema;
  /** Whether it asks who calls. */
  guarded: boolean;
}

/** The statuses with which a route may refuse, besides those it declares: every route says so in the OpenAPI document. */
export function refusalsOf({ method, schema, guarded }: Refusable): number[] {
  const writes = method !== 'GET';
  return [
    400,
    414,
    ...(guarded ? [401, 403] : []),
    ...(schema.params !== undefined || writes ? [404] : []),
    ...(writes ? [403, 409, 413, 415] : []),
    ...(writes && schema.params !== undefined ? [412] : []),
    ...(method === 'POST' ? [422] : []),
    429,
    500,
    503,
  ];
}

/** Makes the OpenAPI 3.1 document from the routes' zod schemas, with a problem document for each status that refuses. */
export async function describeRoutes(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Throughline', version: '1', description: 'CRM and workflow-driven integration hub.' },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'throughline_session' },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    transform: ({ schema, url, route, ...rest }) => {
      const guarded = route.config?.permission !== 'public';
      const statuses = refusalsOf({ method: String(route.method), schema: schema ?? {}, guarded });
      const problems = Object.fromEntries(statuses.map((status) => [status, ProblemOut]));
      const response = { ...problems, ...(schema?.response as object | undefined) };
      return jsonSchemaTransform({ schema: { ...schema, response }, url, route, ...rest } as Parameters<
        typeof jsonSchemaTransform
      >[0]);
    },
    transformObject: jsonSchemaTransformObject,
  });
}
