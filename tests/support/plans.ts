import { type Context, reading, rootCause, systemActor } from '../../src/context.ts';
import type { Hub } from './hub.ts';

/** A step of a plan that was carried out, as EXPLAIN tells it. */
export interface Step {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Step[];
}

/** Runs what only reads, as the hub itself, and gives the plans of its statements as they were carried out. */
export async function plansOf(hub: Hub, work: (ctx: Context) => Promise<unknown>): Promise<Step[]> {
  return reading(hub.services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, async (ctx) => {
    const plans: Step[] = [];
    const executor = ctx.reads.getExecutor();
    const explained = async (compiled: { sql: string | { text: string } }) => {
      const text = typeof compiled.sql === 'string' ? compiled.sql : compiled.sql.text;
      const statement = { ...compiled, sql: `explain (analyze, timing off, format json) ${text}` };
      const { rows } = await executor.executeQuery(statement as never);
      plans.push((rows as [{ 'QUERY PLAN': [{ Plan: Step }] }])[0]['QUERY PLAN'][0].Plan);
      return executor.executeQuery(compiled as never);
    };
    const explaining = new Proxy(executor, {
      get: (real, key) => (key === 'executeQuery' ? explained : (Reflect.get(real, key) as () => unknown).bind(real)),
    });
    const reads = { getExecutor: () => explaining, executeQuery: explained } as unknown as Context['reads']; // the part that readers use
    await work({ ...ctx, reads } as Context);
    return plans;
  });
}

/** The steps of plans that were carried out. */
export const stepsOf = (plans: readonly Step[]): Step[] =>
  plans.flatMap((step) => (step['Actual Loops'] === 0 ? [] : [step, ...stepsOf(step.Plans ?? [])]));

/** How many rows the scans of plans have looked at, in tables and in indexes, whether they kept them or not. */
export const rowsLookedAt = (plans: readonly Step[]): number =>
  stepsOf(plans)
    .filter((step) => /(Seq|Index|Index Only|Heap) Scan/.test(step['Node Type']))
    .reduce((sum, step) => sum + step['Actual Loops'] * rowsOfOne(step), 0);

const rowsOfOne = (step: Step): number =>
  step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0);
