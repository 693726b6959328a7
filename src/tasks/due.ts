import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { claimEffect, recordRun } from '../runs.ts';

/** A task that is due, and who is to be told. `basis` is the due date: a task that is put off comes due again. */
export interface Due {
  taskId: string;
  assignedTo: string | null;
  subject: string;
  basis: string;
}

/** What a look at a task found: over (done, deleted, without a due date), or when to look again (null: at the next poke); and that it is due. */
export interface TaskLook {
  over: boolean;
  step: string;
  wakeAtMs: number | null;
  due: Due | null;
}

interface Standing {
  title: string;
  status: string;
  assignedTo: string | null;
  dueAtMs: number | null;
  createdAtMs: number;
}

/**
 * Looks at a task as it stands at `atMs`, the workflow's clock. When it is due, emits `task.came_due`, once per due date, and says whom to
 * tell. Writes the run's row. A look too early or too often is harmless.
 */
export async function lookAtTask(ctx: Context, taskId: string, atMs: number): Promise<TaskLook> {
  const task = await standing(ctx, taskId);
  const over = endOf(task);
  if (over !== undefined || task === undefined || task.dueAtMs === null) {
    const step = over ?? '';
    await recordRun(ctx, { kind: 'task', recordId: taskId, state: 'completed', step, since: null, next: null, wakeAt: null });
    return { over: true, step, wakeAtMs: null, due: null };
  }
  const dueAt = new Date(task.dueAtMs);
  const words =
    task.dueAtMs > atMs
      ? { step: 'Waiting for the due date', since: new Date(task.createdAtMs), next: 'The assignee is told', wakeAt: dueAt }
      : { step: 'Due, waiting for its completion', since: dueAt, next: 'A later due date reminds again', wakeAt: null };
  await recordRun(ctx, { kind: 'task', recordId: taskId, state: 'running', ...words });
  if (words.wakeAt !== null) return { over: false, step: words.step, wakeAtMs: task.dueAtMs, due: null };
  const basis = dueAt.toISOString();
  if (await claimEffect(ctx, { kind: 'task', recordId: taskId, effect: 'came_due', basis }))
    emit(ctx, 'task.came_due', { taskId, dueDate: basis });
  const due = { taskId, assignedTo: task.assignedTo, subject: `${task.title} is due`, basis };
  return { over: false, step: words.step, wakeAtMs: null, due };
}

/** The live task, locked. */
const standing = (ctx: Context, taskId: string): Promise<Standing | undefined> =>
  rowOf<Standing>(
    ctx,
    SQL`select title, status, assigned_to as "assignedTo", ceil(extract(epoch from due_date) * 1000)::float8 as "dueAtMs",
          ceil(extract(epoch from created_at) * 1000)::float8 as "createdAtMs"
        from tasks where id = ${taskId} and deleted_at is null for update`,
  );

/** Why there is nothing to remind of, in plain words. */
function endOf(task: Standing | undefined): string | undefined {
  if (task === undefined) return 'The task was deleted';
  if (task.status === 'completed' || task.status === 'cancelled') return `The task is ${task.status}`;
  return task.dueAtMs === null ? 'The task has no due date' : undefined;
}
