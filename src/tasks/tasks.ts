import { LockMode } from '@mikro-orm/core';
import { linkable } from '../contacts/contacts.ts';
import { type Context, newId, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { requireInput } from '../identity/inputs.ts';
import { requireCreate, requireReach } from '../identity/permissions.ts';
import { readRecord } from '../lists.ts';
import type { Selection } from '../objects.ts';
import { creation, edit, type Revision, requireVersion } from '../records.ts';
import { Task } from './task.entity.ts';
import { taskObject } from './task.object.ts';
import type { CreateTaskInput, UpdateTaskInput } from './task.schema.ts';

/** The JSON of a task. Throws `task_not_found`. */
export const getTask = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, taskObject, { id, selection });

/** Makes a task, the caller's own unless assigned. Throws `reference_not_found`. */
export async function createTask(ctx: Context, input: CreateTaskInput): Promise<Task> {
  const values = {
    ...input,
    ...(await timed(ctx, input)),
    ...(await newExtras(ctx, 'task', input)),
    assignedTo: input.assignedTo === undefined ? ctx.actor.userId : input.assignedTo,
  };
  requireCreate(ctx, 'task', values.assignedTo ?? ctx.actor.userId);
  await requireInput(ctx, 'task', input);
  const task = new Task();
  Object.assign(task, { ...empty, ...values, id: newId(), createdBy: ctx.actor.userId, createdAt: ctx.now, updatedAt: ctx.now });
  if (task.status === 'completed') task.completedAt = ctx.now;
  ctx.em.persist(task);
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

const empty = {
  description: null,
  status: 'pending',
  priority: 'normal',
  dueDate: null,
  completedAt: null,
  contactId: null,
  companyId: null,
  dealId: null,
  deletedAt: null,
  version: 1,
};

/** The fields that the wire writes otherwise than the row: the due date, and the contact followed through merges. */
async function timed(ctx: Context, input: UpdateTaskInput): Promise<{ dueDate?: Date | null; contactId?: string | null }> {
  const due = input.dueDate === undefined ? {} : { dueDate: input.dueDate === null ? null : new Date(input.dueDate) };
  if (!input.contactId) return due;
  return { ...due, contactId: (await linkable(ctx, [input.contactId])).get(input.contactId) ?? null };
}

/** Edits a task; status completed completes it. Throws `task_not_found`, `version_mismatch`, `forbidden`. */
export async function updateTask(ctx: Context, { id, version }: Revision, patch: UpdateTaskInput): Promise<Task> {
  const task = await findTask(ctx, id);
  await requireReach(ctx, { object: 'task', verb: 'edit' }, { id, ownerId: task.assignedTo ?? task.createdBy });
  requireVersion(task, version);
  await requireInput(ctx, 'task', patch);
  const before = { contactId: task.contactId ?? null, dealId: task.dealId ?? null };
  const given = await withExtras(ctx, 'task', { record: task, patch });
  const changes = edit(task, { ...given, ...(await timed(ctx, patch)) } as Partial<Task>, ctx.now);
  if (Object.keys(changes).length === 0) return task;
  if (changes.status) task.completedAt = task.status === 'completed' ? ctx.now : null;
  await refreshNextActivity(ctx, task);
  if (changes.contactId || changes.dealId) await refreshNextActivity(ctx, before);
  emit(ctx, 'task.updated', { taskId: id, dealId: task.dealId ?? null, changes });
  if (changes.status && task.status === 'completed') {
    const { contactId = null, companyId = null, dealId = null } = task;
    emit(ctx, 'task.completed', { taskId: id, title: task.title, contactId, companyId, dealId });
  }
  return task;
}

/** Deletes a task; it can be restored. Throws as `updateTask`. */
export async function deleteTask(ctx: Context, { id, version }: Revision): Promise<void> {
  const task = await findTask(ctx, id);
  await requireReach(ctx, { object: 'task', verb: 'delete' }, { id, ownerId: task.assignedTo ?? task.createdBy });
  requireVersion(task, version);
  edit(task, { deletedAt: ctx.now } as Partial<Task>, ctx.now);
  await refreshNextActivity(ctx, task);
  emit(ctx, 'task.deleted', { taskId: id, dealId: task.dealId ?? null });
}

async function findTask(ctx: Context, id: string): Promise<Task> {
  const task = await ctx.em.findOne(Task, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (task === null) throw notFound('task');
  return task;
}

/** The next planned step of a task's deal and contact: their earliest open task. Derived, by SQL alone. */
async function refreshNextActivity(ctx: Context, about: Pick<Partial<Task>, 'contactId' | 'dealId'>): Promise<void> {
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
