import { defineEntity, p } from '@mikro-orm/core';

const ActivitySchema = defineEntity({
  name: 'Activity',
  tableName: 'activities',
  properties: {
    id: p.uuid().primary(),
    type: p.text(),
    subject: p.text(),
    description: p.text().nullable(),
    contactId: p.uuid().nullable(),
    companyId: p.uuid().nullable(),
    dealId: p.uuid().nullable(),
    ownerId: p.uuid().nullable(),
    createdBy: p.uuid().nullable(),
    activityDate: p.datetime(),
    duration: p.integer().nullable(),
    direction: p.text().$type<'in' | 'out'>().nullable(),
    outcome: p.text().nullable(),
    source: p.text().$type<ActivitySource>(),
    sourceKey: p.text().nullable(),
    messageId: p.uuid().nullable(),
    customFields: p.json<Record<string, unknown>>(),
    tagIds: p.array().columnType('uuid[]'),
    deletedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    version: p.integer(),
  },
});

export type ActivitySource = 'user' | 'email' | 'webhook' | 'calendar' | 'automation' | 'system';

/** Something that happened, on the timelines of the records it concerns. */
export class Activity extends ActivitySchema.class {}
ActivitySchema.setClass(Activity);

export { ActivitySchema };
