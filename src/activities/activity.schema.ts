import { z } from 'zod';
import { NewCompany } from '../companies/company.schema.ts';
import { NewContact } from '../contacts/contact.schema.ts';
import { NewDeal } from '../deals/deal.schema.ts';
import { CustomFields, referenceTo } from '../match.schema.ts';
import { TagIds } from '../tags/tag.schema.ts';
import { Instant, label, optionalText, refusal } from '../wire.ts';

const fields = {
  subject: label(500),
  description: optionalText(100_000),
  contactIds: z.array(referenceTo(NewContact)).max(200),
  companyId: referenceTo(NewCompany).nullable(),
  dealId: referenceTo(NewDeal).nullable(),
  activityDate: Instant,
  duration: z.int().min(0).max(100_000).nullable(),
  direction: z.enum(['in', 'out']).nullable(),
  outcome: optionalText(200),
  customFields: CustomFields,
  tagIds: TagIds,
};

/** Something that happened, logged by a person. `type` is the key of a type of activity, such as call, meeting or note; `duration` is in minutes; `activityDate` is now unless told. */
export const LogActivity = z
  .strictObject({ type: label(40), ...z.object(fields).partial().shape, subject: label(500) })
  .refine(
    (activity) => (activity.contactIds?.length ?? 0) > 0 || activity.companyId || activity.dealId,
    refusal('concerns_nobody', 'an activity needs at least one of contactIds, companyId, dealId'),
  );

/** Changes of an activity; null clears a field. What the system wrote cannot be changed. */
export const UpdateActivity = z.strictObject(fields).partial();
export type UpdateActivityInput = z.output<typeof UpdateActivity>;

/** An activity on the wire. `subject` and `description` of another's mail show as far as its privacy allows. */
export const ActivityOut = z
  .object({
    id: z.string(),
    type: z.string(),
    subject: z.string().nullable(),
    description: z.string().nullable(),
    contactIds: z.array(z.string()),
    companyId: z.string().nullable(),
    dealId: z.string().nullable(),
    ownerId: z.string().nullable(),
    createdBy: z.string().nullable(),
    activityDate: z.string(),
    duration: z.int().nullable(),
    direction: z.enum(['in', 'out']).nullable(),
    outcome: z.string().nullable(),
    source: z.enum(['user', 'email', 'webhook', 'calendar', 'automation', 'system']),
    messageId: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    tagIds: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Activity' });
