import { defineEntity, p } from '@mikro-orm/core';

const TaskSchema = defineEntity({
  name: 'Task',
  tableName: 'tasks',
  properties: {
    id: p.uuid().primary(),
    title: p.text(),
    description: p.text().nullable(),
    status: p.text().$type<'pending' | 'in_progress' | 'completed' | 'cancelled'>(),
    priority: p.text().$type<'low' | 'normal' | 'high' | 'urgent'>(),
    dueDate: p.datetime().nullable(),
    dueDay: p.text().nullable().columnType('date'),
    reminders: p.array<number>(Number).columnType('integer[]'),
    recurrence: p.text().nullable(),
    seriesId: p.uuid().nullable(),
    seriesStart: p.datetime().nullable(),
    nextTaskId: p.uuid().nullable(),
    completedAt: p.datetime().nullable(),
    contactId: p.uuid().nullable(),
    companyId: p.uuid().nullable(),
    dealId: p.uuid().nullable(),
    assignedTo: p.uuid().nullable(),
    createdBy: p.uuid().nullable(),
    customFields: p.json<Record<string, unknown>>(),
    tagIds: p.array().columnType('uuid[]'),
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    version: p.integer(),
  },
});

/** Something to do, by someone, perhaps by a time. */
export class Task extends TaskSchema.class {}
TaskSchema.setClass(Task);

export { TaskSchema };
