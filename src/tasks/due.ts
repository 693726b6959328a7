import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { claimEffect, recordRun } from '../runs.ts';

/** What is to be told of a task, and to whom. `basis` is the due date, with the reminder's minutes: a task that is put off is told of again. */
export interface Due {
  kind: 'task_due' | 'task_reminder';
  taskId: string;
  assignedTo: string | null;
  subject: string;
  basis: string;
}

/** What a look at a task found: over (done, deleted, without a due date), or when to look again (null: at the next poke); and what is to be told. */
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
  reminders: number[];
  createdAtMs: number;
}

/**
 * Looks at a task as it stands at `atMs`, the workflow's clock. When it is due, emits `task.came_due`, once per due date, and says whom to
 * tell; before that it says whom to remind. Writes the run's row. A look too early or too often is harmless.
 */
export async function lookAtTask(ctx: Context, taskId: string, atMs: number): Promise<TaskLook> {
  const task = await standing(ctx, taskId);
  const over = endOf(task);
  if (over !== undefined || task === undefined || task.dueAtMs === null) {
    const step = over ?? '';
    await recordRun(ctx, { kind: 'task', recordId: taskId, state: 'completed', step, since: null, next: null, wakeAt: null });
    return { over: true, step, wakeAtMs: null, due: null };
  }
  const timed = { ...task, dueAtMs: task.dueAtMs };
  return timed.dueAtMs > atMs ? awaitDue(ctx, taskId, { task: timed, atMs }) : comeDue(ctx, taskId, timed);
}

interface Looking {
  task: Standing & { dueAtMs: number };
  atMs: number;
}

const minuteMs = 60_000;

/** Before the due date: the latest reminder whose time has come is told, one for all that were missed; the next wake is the earliest of the others. */
async function awaitDue(ctx: Context, taskId: string, { task, atMs }: Looking): Promise<TaskLook> {
  const { dueAtMs, reminders } = task;
  const passed = reminders.filter((minutes) => dueAtMs - minutes * minuteMs <= atMs);
  const nextReminder = Math.max(0, ...reminders.filter((minutes) => !passed.includes(minutes)));
  const wakeAtMs = dueAtMs - nextReminder * minuteMs;
  const step = 'Waiting for the due date';
  const next = nextReminder > 0 ? 'The assignee is reminded' : 'The assignee is told';
  const times = { since: new Date(task.createdAtMs), wakeAt: new Date(wakeAtMs) };
  await recordRun(ctx, { kind: 'task', recordId: taskId, state: 'running', step, next, ...times });
  if (passed.length === 0) return { over: false, step, wakeAtMs, due: null };
  const subject = `${task.title} is due ${ahead(dueAtMs - atMs)}`;
  const basis = `${new Date(dueAtMs).toISOString()} -${Math.min(...passed)}m`;
  return { over: false, step, wakeAtMs, due: { kind: 'task_reminder', taskId, assignedTo: task.assignedTo, subject, basis } };
}

async function comeDue(ctx: Context, taskId: string, task: Looking['task']): Promise<TaskLook> {
  const dueAt = new Date(task.dueAtMs);
  const step = 'Due, waiting for its completion';
  const next = 'A later due date reminds again';
  await recordRun(ctx, { kind: 'task', recordId: taskId, state: 'running', step, since: dueAt, next, wakeAt: null });
  const basis = dueAt.toISOString();
  if (await claimEffect(ctx, { kind: 'task', recordId: taskId, effect: 'came_due', basis }))
    emit(ctx, 'task.came_due', { taskId, dueDate: basis });
  const due: Due = { kind: 'task_due', taskId, assignedTo: task.assignedTo, subject: `${task.title} is due`, basis };
  return { over: false, step, wakeAtMs: null, due };
}

/** How far ahead, in the largest unit of which there are two or more. */
function ahead(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / minuteMs));
  const [size, unit] = minutes >= 2_880 ? [1_440, 'day'] : minutes >= 120 ? [60, 'hour'] : [1, 'minute'];
  const count = Math.round(minutes / size);
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The live task, locked. */
const standing = (ctx: Context, taskId: string): Promise<Standing | undefined> =>
  rowOf<Standing>(
    ctx,
    SQL`select title, status, assigned_to as "assignedTo", reminders, ceil(extract(epoch from due_date) * 1000)::float8 as "dueAtMs",
          ceil(extract(epoch from created_at) * 1000)::float8 as "createdAtMs"
        from tasks where id = ${taskId} and deleted_at is null for update`,
  );

/** Why there is nothing to remind of, in plain words. */
function endOf(task: Standing | undefined): string | undefined {
  if (task === undefined) return 'The task was deleted';
  if (task.status === 'completed' || task.status === 'cancelled') return `The task is ${task.status}`;
  return task.dueAtMs === null ? 'The task has no due date' : undefined;
}
