import { LockMode } from '@mikro-orm/core';
import { companyTarget } from '../companies/companies.ts';
import { contactTarget } from '../contacts/contact.target.ts';
import { linkable } from '../contacts/contacts.ts';
import { type Context, entities, newId } from '../context.ts';
import { dealTarget } from '../deals/deal.target.ts';
import { emit } from '../emit.ts';
import { notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { requireInput, requirePatch } from '../identity/inputs.ts';
import { requireCreate, requireReach } from '../identity/permissions.ts';
import { userTarget } from '../identity/user.target.ts';
import { readRecord } from '../lists.ts';
import { edit, type Revision, requireVersion } from '../records.ts';
import { refer } from '../refer.ts';
import type { Selection } from '../show.ts';
import { addTask, refreshNextActivity } from './add-task.ts';
import { keepSeries, planned } from './planning.ts';
import { repeat } from './repeat.ts';
import { Task } from './task.entity.ts';
import { taskObject } from './task.object.ts';
import type { CreateTaskInput, UpdateTaskInput } from './task.schema.ts';

/** The JSON of a task. Throws `task_not_found`. */
export const getTask = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, taskObject, { id, selection });

/** Makes a task, the caller's own unless assigned. Throws `reference_not_found`, and 400 for a due date or recurrence that cannot be. */
export async function createTask(ctx: Context, given: CreateTaskInput): Promise<Task> {
  const input = await refer(ctx, given, targets);
  const assignedTo = input.assignedTo === undefined ? ctx.actor.userId : input.assignedTo;
  const values = {
    ...input,
    ...(await planned(ctx, { ...unplanned, assignedTo }, input)),
    ...(await target(ctx, input.contactId)),
    ...(await newExtras(ctx, 'task', input)),
    assignedTo,
  };
  requireCreate(ctx, 'task', assignedTo ?? ctx.actor.userId);
  await requireInput(ctx, 'task', input);
  const task = new Task();
  Object.assign(task, { ...empty, ...values, id: newId(), createdBy: ctx.actor.userId, createdAt: ctx.now, updatedAt: ctx.now });
  if (task.status === 'completed') task.completedAt = ctx.now;
  await keepSeries(ctx, task, { anew: true });
  return addTask(ctx, task, values);
}

const targets = { contactId: contactTarget, companyId: companyTarget, dealId: dealTarget, assignedTo: userTarget };

const unplanned = { dueDate: null, dueDay: null, reminders: [], recurrence: null };

const empty = {
  ...unplanned,
  description: null,
  status: 'pending',
  priority: 'normal',
  seriesId: null,
  seriesStart: null,
  nextTaskId: null,
  completedAt: null,
  contactId: null,
  companyId: null,
  dealId: null,
  deletedAt: null,
  version: 1,
};

/** The contact that a task is about, followed through merges. */
async function target(ctx: Context, contactId: string | null | undefined): Promise<{ contactId?: string | null }> {
  return contactId ? { contactId: (await linkable(ctx, [contactId])).get(contactId) ?? null } : {};
}

/**
 * Edits a task; status completed completes it, and makes the next one of a task that recurs, once for good. Throws `task_not_found`,
 * `version_mismatch`, `forbidden`, and 400 for a due date or recurrence that cannot be.
 */
export async function updateTask(ctx: Context, { id, version }: Revision, input: UpdateTaskInput): Promise<Task> {
  const task = await findTask(ctx, id);
  await requireReach(ctx, { object: 'task', verb: 'edit' }, { id, ownerId: task.assignedTo ?? task.createdBy });
  requireVersion(task, version);
  const patch = await refer(ctx, input, targets);
  await requirePatch(ctx, 'task', { record: task, patch });
  const before = { contactId: task.contactId ?? null, dealId: task.dealId ?? null };
  const given = await withExtras(ctx, 'task', { record: task, patch });
  const found = {
    ...(await planned(ctx, task, patch)),
    ...(await target(ctx, patch.contactId === task.contactId ? undefined : patch.contactId)),
  };
  const changes = edit(task, { ...given, ...found } as Partial<Task>, ctx.now);
  if (Object.keys(changes).length === 0) return task;
  if (changes.status) task.completedAt = task.status === 'completed' ? ctx.now : null;
  await keepSeries(ctx, task, { anew: patch.recurrence !== undefined || changes.dueDay !== undefined });
  const isDone = changes.status !== undefined && task.status === 'completed';
  if (isDone) await repeat(ctx, task);
  await refreshNextActivity(ctx, task);
  if (changes.contactId || changes.dealId) await refreshNextActivity(ctx, before);
  emit(ctx, 'task.updated', { taskId: id, dealId: task.dealId ?? null, changes });
  if (isDone) {
    const { contactId = null, companyId = null, dealId = null, nextTaskId = null } = task;
    emit(ctx, 'task.completed', { taskId: id, title: task.title, contactId, companyId, dealId, nextTaskId });
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
  const task = await (await entities(ctx)).findOne(Task, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (task === null) throw notFound('task');
  return task;
}
