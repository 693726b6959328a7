import { z } from 'zod';
import type { App } from './http.ts';
import { open } from './identity/permissions.ts';

/** State of each engine that this process needs: `ok`, or a reason in plain words. */
export interface Readiness {
  ready: boolean;
  engines: Record<string, string>;
}

const ReadinessOut = z.object({ ready: z.boolean(), engines: z.record(z.string(), z.string()) });

/** `/healthz`: the process lives. `/readyz`: migrations are done and each engine answers; 503 with the reasons when not. */
export function healthRoutes(app: App, readiness: () => Promise<Readiness>): void {
  const logLevel = ['error', 'fatal', 'silent'].includes(app.log.level) ? (app.log.level as 'error') : 'warn'; // probes are frequent
  app.get(
    '/healthz',
    {
      schema: { summary: 'The process lives', response: { 200: z.object({ ok: z.boolean() }) } },
      config: { ...open, uncounted: true },
      logLevel,
    },
    () => ({ ok: true }),
  );
  app.get(
    '/readyz',
    {
      schema: { summary: 'Whether every engine answers', response: { 200: ReadinessOut, 503: ReadinessOut } },
      config: { ...open, uncounted: true },
      logLevel,
    },
    async (_req, reply) => {
      const state = await readiness();
      return reply.code(state.ready ? 200 : 503).send(state);
    },
  );
}
