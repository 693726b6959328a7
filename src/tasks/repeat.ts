import { type Context, newId, rowsOf, sql } from '../context.ts';
import { SQL } from '../database.ts';
import { addTask } from './add-task.ts';
import { instantOf, type OngoingSeries, placeOf, seriesOf } from './planning.ts';
import { nextOccurrence } from './recurrence.ts';
import { Task } from './task.entity.ts';

/**
 * Makes the next task of one that recurs and is done: due on the rule's next date after its own that is not past, so that a late one does
 * not bring along those that were missed. Whoever holds the task's row lock makes it; `next_task_id` remembers that it was made, so
 * completing it again, after it was reopened too, makes no other. A series that is over makes none.
 */
export async function repeat(ctx: Context, task: Task): Promise<void> {
  if (task.nextTaskId) return;
  const series = await seriesOf(ctx, task);
  if (series === undefined) return;
  const at = nextOccurrence(series, lastPassed(ctx, task, series));
  if (at === null) return;
  const dueDay = task.dueDay ? at.toISOString().slice(0, 10) : null;
  const dueDate = dueDay === null ? at : await instantOf(ctx, dueDay, task.assignedTo);
  const { title, description, priority, contactId, companyId, dealId, assignedTo, reminders, recurrence, tagIds } = task;
  const about = { title, description, priority, contactId, companyId, dealId, assignedTo, reminders, recurrence, tagIds };
  const values = { ...about, dueDay, dueDate, customFields: await repeatable(ctx, task.customFields) };
  const next = new Task();
  Object.assign(next, {
    ...values,
    id: newId(),
    status: 'pending',
    completedAt: null,
    deletedAt: null,
    nextTaskId: null,
    version: 1,
  });
  Object.assign(next, { seriesId: task.seriesId, seriesStart: task.seriesStart, createdBy: task.createdBy });
  Object.assign(next, { createdAt: ctx.now, updatedAt: ctx.now });
  await addTask(ctx, next, values);
  await sql(ctx);
  task.nextTaskId = next.id;
}

/** The later of the task's own date and now; of days, right before today, which is not over yet. */
function lastPassed(ctx: Context, task: Task, { today }: OngoingSeries): Date {
  const own = placeOf(task);
  const passed = task.dueDay ? new Date(today.getTime() - 1) : ctx.now;
  return new Date(Math.max(passed.getTime(), own.getTime()));
}

/** Custom values without those that no two records may share. */
async function repeatable(ctx: Context, values: Record<string, unknown>): Promise<Record<string, unknown>> {
  if (Object.keys(values).length === 0) return values;
  const unique = await rowsOf<{ name: string }>(
    ctx,
    SQL`select field_name as name from custom_fields where entity_type = 'task' and is_unique`,
  );
  const names = new Set(unique.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
}
