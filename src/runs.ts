import { type Context, rowOf, rowsOf } from './context.ts';
import { SQL } from './database.ts';
import { isUnavailable } from './errors.ts';
import type { RunKind } from './ports.ts';
import { jsonOf } from './wire.ts';

/** The id of a record's workflow: one per record, so that a second start is a poke of the first. */
export const workflowIdOf = (kind: RunKind, recordId: string): string => `${kind}-${recordId}`;

/** Where a run stands, in plain words. */
export interface RunStep {
  kind: RunKind;
  recordId: string;
  state: 'running' | 'completed';
  /** What is awaited, or how it ended. */
  step: string;
  /** Since when that is so. */
  since: Date | null;
  /** What happens next, and when. */
  next: string | null;
  wakeAt: Date | null;
}

/** Writes where a run stands; the row begins anew when the run of a record does. */
export async function recordRun(ctx: Context, run: RunStep): Promise<void> {
  await rowsOf(
    ctx,
    SQL`insert into runs as r (workflow_id, kind, record_id, state, step, since, next_step, next_wake, started_at, updated_at)
        values (${workflowIdOf(run.kind, run.recordId)}, ${run.kind}, ${run.recordId}, ${run.state}, ${run.step}, ${run.since},
          ${run.next}, ${run.wakeAt}, ${ctx.now}, ${ctx.now})
        on conflict (workflow_id) do update set state = excluded.state, step = excluded.step, since = excluded.since,
          next_step = excluded.next_step, next_wake = excluded.next_wake, error = null, updated_at = excluded.updated_at,
          started_at = case when r.state = 'running' then r.started_at else excluded.started_at end`,
  );
}

/** Notes that a run has ended with an error; the next poke of its record begins another. */
export async function failRun(ctx: Context, workflowId: string, error: string): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update runs set state = 'failed', error = ${error.slice(0, 2_000)}, next_step = null, next_wake = null, updated_at = ${ctx.now}
        where workflow_id = ${workflowId}`,
  );
}

/** An effect of a run: for a record, on some basis (an instant, an event's id), it happens once and never again. */
export interface Effect {
  kind: RunKind;
  recordId: string;
  effect: string;
  basis: string;
}

/** Claims an effect in this transaction. True for whoever is first; everybody else leaves it alone. */
export async function claimEffect(ctx: Context, { kind, recordId, effect, basis }: Effect): Promise<boolean> {
  const row = await rowOf(
    ctx,
    SQL`insert into effects (kind, record_id, effect, basis, at) values (${kind}, ${recordId}, ${effect}, ${basis}, ${ctx.now})
        on conflict do nothing returning 1`,
  );
  return row !== undefined;
}

const columns = jsonOf({
  workflowId: ['target.id', 'plain'],
  state: ["coalesce(runs.state, 'none')", 'plain'],
  awaiting: ['runs.step', 'plain'],
  since: ['runs.since', 'instant'],
  next: ['runs.next_step', 'plain'],
  nextAt: ['runs.next_wake', 'instant'],
  error: ['runs.error', 'plain'],
  startedAt: ['runs.started_at', 'instant'],
  updatedAt: ['runs.updated_at', 'instant'],
});

/**
 * JSON of a record's run: our row, and what the engine says of it (`unavailable` when it is away, `none` when it knows of no such run).
 * The caller has checked that the record may be seen.
 */
export async function runJson(ctx: Context, kind: RunKind, recordId: string): Promise<string> {
  const workflowId = workflowIdOf(kind, recordId);
  const row = await rowOf<{ json: Record<string, unknown> }>(
    ctx,
    SQL`select ${SQL.raw(columns)} as json from (select ${workflowId}::text as id) as target left join runs on runs.workflow_id = target.id`,
  );
  return JSON.stringify({ ...row?.json, engine: await engineState(ctx, workflowId) });
}

async function engineState(ctx: Context, workflowId: string): Promise<string> {
  try {
    return (await ctx.ports.runs.describe(workflowId))?.status ?? 'none';
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return 'unavailable';
  }
}
