import { type Context, entities, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { creation } from '../records.ts';
import type { Task } from './task.entity.ts';

/** Puts a new task among the others: the row, what is derived from it, and the event with what it was made of. */
export async function addTask(ctx: Context, task: Task, values: Record<string, unknown>): Promise<Task> {
  (await entities(ctx)).persist(task);
  await refreshNextActivity(ctx, task);
  emit(ctx, 'task.created', {
    taskId: task.id,
    contactId: task.contactId ?? null,
    dealId: task.dealId ?? null,
    assignedTo: task.assignedTo ?? null,
    dueDate: task.dueDate?.toISOString() ?? null,
    changes: creation(values),
  });
  return task;
}

/** The next planned step of a task's deal and contact: their earliest open task. Derived, by SQL alone. */
export async function refreshNextActivity(ctx: Context, about: Pick<Partial<Task>, 'contactId' | 'dealId'>): Promise<void> {
  const next = (column: string, id: string) =>
    SQL`(select min(due_date) from tasks where ${SQL.ref(column)} = ${id} and deleted_at is null and status in ('pending', 'in_progress'))`;
  if (about.dealId)
    await rowsOf(ctx, SQL`update deals set next_activity_at = ${next('deal_id', about.dealId)} where id = ${about.dealId}`);
  if (about.contactId) {
    await rowsOf(
      ctx,
      SQL`update contacts set next_activity_at = ${next('contact_id', about.contactId)} where id = ${about.contactId}`,
    );
  }
}
