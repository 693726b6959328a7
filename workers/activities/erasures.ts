import { rootCause, type Services, systemActor, transact } from '../../src/context.ts';
import { eraseNext } from '../../src/privacy/run-erasure.ts';
import type { Look, Looked } from './deals.ts';

const longMs = 3_000;

/** What erasures do. */
export const erasureActivities = (services: Services) => ({
  /**
   * Erases for some seconds, piece by piece, each in a transaction of its own, and says whether it is over or to be gone on with at once.
   * All that it does is one chain in the log.
   */
  async lookAtErasure({ id, atMs }: Look): Promise<Looked> {
    const doing = { actor: systemActor, cause: { ...rootCause({ kind: 'workflow' }), correlationId: id } };
    const until = performance.now() + longMs;
    for (;;) {
      const { over, step } = await transact(services, doing, (ctx) => eraseNext(ctx, id));
      if (over || performance.now() > until) return { over, step, wakeAtMs: over ? null : atMs };
    }
  },
});

export type ErasureActivities = ReturnType<typeof erasureActivities>;
