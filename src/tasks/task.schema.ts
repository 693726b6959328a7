import { z } from 'zod';
import { TagIds } from '../tags/tag.schema.ts';
import { CustomFields, Id, Instant, label, optionalText } from '../wire.ts';

const fields = {
  title: label(500),
  description: optionalText(20_000),
  status: z.enum(['pending', 'in_progress', 'completed', 'cancelled']),
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
  dueDate: Instant.nullable(),
  contactId: Id.nullable(),
  companyId: Id.nullable(),
  dealId: Id.nullable(),
  assignedTo: Id.nullable(),
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
    completedAt: z.string().nullable(),
    contactId: z.string().nullable(),
    contactName: z.string().nullable(),
    companyId: z.string().nullable(),
    dealId: z.string().nullable(),
    dealName: z.string().nullable(),
    assignedTo: z.string().nullable(),
    createdBy: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    tagIds: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Task' });
