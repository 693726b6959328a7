import { type Context, newId, rootCause, rowsOf, type Services, systemActor, transact } from '../src/context.ts';
import { SQL } from '../src/database.ts';
import { isUnavailable } from '../src/errors.ts';
import { giveUpLease, takeLease } from '../src/leases.ts';
import { type Loop, startLoop } from '../src/loop.ts';
import type { RunKind } from '../src/ports.ts';
import { failRun, recordRun, workflowIdOf } from '../src/runs.ts';

export interface ReconcilerOptions {
  /** Pause between rounds that found nothing to mend. */
  idleMs?: number;
  /** How long the log has to start the run of a changed record before it is done here. */
  graceSeconds?: number;
}

interface Watched {
  kind: RunKind;
  recordId: string;
}

const batchSize = 200;
const callsInFlight = 8;
const leaseName = 'reconciler';
const leaseSeconds = 60;
const doing = { actor: systemActor, cause: rootCause({ kind: 'workflow' }) };

/**
 * Starts the loop that compares our rows of runs with what the engine says, those least recently looked at first, and starts again what
 * the engine has lost; and that starts what has no run although it should. One process at a time does it. A batch in which something was
 * lost is followed by the next at once, so an engine that has lost everything is rebuilt without pause.
 */
export function startReconciler(services: Services, { idleMs = 15_000, graceSeconds = 60 }: ReconcilerOptions = {}): Loop {
  const holder = newId();
  const log = services.log.child({ loop: leaseName });
  const lease = { name: leaseName, holder, seconds: leaseSeconds };
  const loop = startLoop({
    async round() {
      if (!(await transact(services, doing, (ctx) => takeLease(ctx, lease)))) return false;
      try {
        const mended = await mendLost(services);
        const begun = await beginMissing(services, graceSeconds);
        if (mended + begun > 0) log.info({ mended, begun }, 'workflows were started again');
        return mended > 0 || begun === batchSize;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        return false;
      }
    },
    idleMs,
    log,
  });
  return {
    poke: loop.poke,
    async stop() {
      await loop.stop();
      await transact(services, doing, (ctx) => giveUpLease(ctx, lease));
    },
  };
}

/** Compares one batch of running rows with the engine. Returns how many runs it had lost. */
async function mendLost(services: Services): Promise<number> {
  const rows = await transact(services, doing, (ctx) =>
    rowsOf<Watched>(
      ctx,
      SQL`update runs set checked_at = ${ctx.now} where workflow_id in (
            select workflow_id from runs where state = 'running' order by coalesce(checked_at, updated_at) limit ${batchSize})
          returning kind, record_id as "recordId"`,
    ),
  );
  const lost = await inParallel(rows, (run) => mend(services, run));
  return lost.filter(Boolean).length;
}

/** True when the engine had no such run, and a new one was begun. One that failed there is noted as failed: its next poke begins anew. */
async function mend({ ports, ...services }: Services, run: Watched): Promise<boolean> {
  const workflowId = workflowIdOf(run.kind, run.recordId);
  const status = (await ports.runs.describe(workflowId))?.status;
  if (status === 'running') return false;
  if (status === 'failed') {
    await transact({ ports, ...services }, doing, (ctx) =>
      failRun(ctx, workflowId, 'The run failed; the log of its engine says why.'),
    );
    return false;
  }
  await ports.runs.poke({ ...run, eventId: null, position: null });
  return true;
}

/** Begins the runs of open deals, of tasks with a due date and of erasures that have none. Returns how many. */
async function beginMissing(services: Services, graceSeconds: number): Promise<number> {
  const missing = await transact(services, doing, (ctx) => unwatched(ctx, graceSeconds));
  await inParallel(missing, async (run) => {
    // Without the row, every round would poke again for as long as no worker takes the run up.
    const begun = { state: 'running', step: 'Waiting for a worker', since: null, next: null, wakeAt: null } as const;
    await transact(services, doing, (ctx) => recordRun(ctx, { ...run, ...begun }));
    await services.ports.runs.poke({ ...run, eventId: null, position: null });
  });
  return missing.length;
}

const unwatched = (ctx: Context, graceSeconds: number): Promise<Watched[]> =>
  rowsOf<Watched>(
    ctx,
    SQL`select kind, id as "recordId" from (
          select 'deal' as kind, id, updated_at from deals where status = 'open' and deleted_at is null
          union all
          select 'task', id, updated_at from tasks
          where status in ('pending', 'in_progress') and due_date is not null and deleted_at is null
          union all
          select 'erasure', id, updated_at from erasures where state = 'running') as watched
        where updated_at < ${ctx.now}::timestamptz - make_interval(secs => ${graceSeconds})
          and not exists (select 1 from runs where runs.kind = watched.kind and record_id = watched.id and state in ('running', 'failed'))
        limit ${batchSize}`,
  );

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const queue = [...items.entries()];
  const results: R[] = [];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: callsInFlight }, lane));
  return results;
}
