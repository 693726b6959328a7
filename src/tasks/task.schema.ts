import { z } from 'zod';
import { NewCompany } from '../companies/company.schema.ts';
import { NewContact } from '../contacts/contact.schema.ts';
import { NewDeal } from '../deals/deal.schema.ts';
import { CustomFields, referenceTo, UserReference } from '../match.schema.ts';
import { TagIds } from '../tags/tag.schema.ts';
import { Day, Instant, ListQuery, label, optionalText } from '../wire.ts';

const fields = {
  title: label(500),
  description: optionalText(20_000),
  status: z.enum(['pending', 'in_progress', 'completed', 'cancelled']),
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
  /** When it is due, or else the day for which it is planned: one clears the other. */
  dueDate: Instant.nullable(),
  dueDay: Day.nullable(),
  /** Minutes before the due date; before nine in the morning of the due day. */
  reminders: z
    .array(z.int().min(1).max(525_600))
    .max(10)
    .transform((minutes) => [...new Set(minutes)].sort((a, b) => b - a)),
  /** An RFC 5545 RRULE such as FREQ=WEEKLY;BYDAY=MO, by days or longer. */
  recurrence: optionalText(500),
  contactId: referenceTo(NewContact).nullable(),
  companyId: referenceTo(NewCompany).nullable(),
  dealId: referenceTo(NewDeal).nullable(),
  assignedTo: UserReference.nullable(),
  customFields: CustomFields,
  tagIds: TagIds,
};

/** A new task; it is the caller's own unless assigned. */
export const CreateTask = z.strictObject({ ...z.object(fields).partial().shape, title: label(500) });
export type CreateTaskInput = z.output<typeof CreateTask>;

/** Changes of a task; null clears a field. Status completed completes it. */
export const UpdateTask = z.strictObject(fields).partial();
export type UpdateTaskInput = z.output<typeof UpdateTask>;

/** A task on the wire. */
export const TaskOut = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    status: z.enum(['pending', 'in_progress', 'completed', 'cancelled']),
    priority: z.enum(['low', 'normal', 'high', 'urgent']),
    dueDate: z.string().nullable(),
    dueDay: z.string().nullable(),
    completedAt: z.string().nullable(),
    contactId: z.string().nullable(),
    contactName: z.string().nullable(),
    companyId: z.string().nullable(),
    dealId: z.string().nullable(),
    dealName: z.string().nullable(),
    assignedTo: z.string().nullable(),
    createdBy: z.string().nullable(),
    reminders: z.array(z.int()),
    recurrence: z.string().nullable(),
    seriesId: z.string().nullable(),
    nextTaskId: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    tagIds: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Task' });

/** Query string of a list of tasks; `due` narrows it to open ones that are late, or due later today, in the caller's time zone. */
export const TaskListQuery = ListQuery.extend({ due: z.enum(['overdue', 'today']).optional() });
export type TaskListRequest = z.output<typeof TaskListQuery>;

/** The caller's open tasks: those that are late, those of the rest of today, all. */
export const TaskCountsOut = z.object({ overdue: z.int(), today: z.int(), open: z.int() }).meta({ id: 'TaskCounts' });

/**
 * What whoever has done a task is asked about next: whether its deal or contact is left without a next step, and the open tasks there are.
 */
export const NextStepsOut = z
  .object({
    isNeeded: z.boolean(),
    nextTaskId: z.string().nullable(),
    deal: z.object({ id: z.string(), name: z.string(), status: z.enum(['open', 'won', 'lost']) }).nullable(),
    contact: z.object({ id: z.string(), name: z.string() }).nullable(),
    planned: z.array(
      z.object({ id: z.string(), title: z.string(), dueDate: z.string().nullable(), dueDay: z.string().nullable() }),
    ),
  })
  .meta({ id: 'NextSteps' });
