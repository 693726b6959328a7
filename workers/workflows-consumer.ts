import type { EngineConsumer } from '../src/consumers.ts';
import type { LogEvent } from '../src/log.ts';
import type { RunKind } from '../src/ports.ts';
import { workflowIdOf } from '../src/runs.ts';

/**
 * Hands the log on to the workflows: each event is a poke of the deal, task or erasure that it is about, and of the deal behind a task or an
 * activity. The pokes of one workflow in a batch are one.
 */
export const workflowsConsumer: EngineConsumer = {
  name: 'workflows',
  kind: 'engine',
  history: false,
  types: [
    'deal.created',
    'deal.updated',
    'deal.stage_changed',
    'deal.closed',
    'deal.reopened',
    'deal.deleted',
    'deal.restored',
    'activity.logged',
    'activity.updated',
    'activity.deleted',
    'activity.restored',
    'task.created',
    'task.updated',
    'task.completed',
    'task.deleted',
    'task.restored',
    'erasure.requested',
  ],
  keysOf(event) {
    const own = hasClock(event) ? [workflowIdOf(event.recordType as RunKind, event.recordId)] : [];
    return [...new Set([...own, ...dealsOf(event).map((id) => workflowIdOf('deal', id))])];
  },
  async handle({ ports }, events, key) {
    const last = events.at(-1);
    const [, kind, recordId] = /^(deal|task|erasure)-(.+)$/.exec(key) ?? [];
    if (last === undefined || recordId === undefined) return;
    await ports.runs.poke({ kind: kind as RunKind, recordId, eventId: last.id, position: last.position });
  },
};

/** Whether the event's own record may have something to wait for: an activity never has, nor has a new task without a due date. */
const hasClock = ({ recordType, type, data }: LogEvent): boolean =>
  recordType !== 'activity' && !(type === 'task.created' && data.dueDate === null);

/** The deals behind a task or an activity; of an edit also the one that it was taken from. */
function dealsOf({ data }: LogEvent): string[] {
  const moved = (data.changes as Record<string, { from: unknown; to: unknown }> | undefined)?.dealId;
  return [data.dealId, moved?.from, moved?.to].filter((id) => typeof id === 'string');
}
