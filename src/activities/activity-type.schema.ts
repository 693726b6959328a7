import { z } from 'zod';
import { label, pageOf, refusal } from '../wire.ts';

/** Keys that say something else on a timeline. */
const reserved = new Set(['mail', 'task', 'change', 'workflow', 'file', 'task_created', 'task_planned']);

const Key = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, { error: 'must be small letters, digits and _, such as site_visit' })
  .refine((key) => !reserved.has(key), refusal('reserved_key', 'means something else on timelines; choose another'));

const Icon = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,49}$/, { error: 'must be the name of an icon such as phone' })
  .nullable();

/** A new type of activity. The key is for good; `countsAsContact` says whether one with a contact is their last contact. */
export const CreateActivityType = z.strictObject({
  key: Key,
  label: label(100),
  icon: Icon.optional(),
  countsAsContact: z.boolean().default(false),
});
export type CreateActivityTypeInput = z.output<typeof CreateActivityType>;

/** Changes of a type. An archived one is not logged any more; what was logged stays. */
export const UpdateActivityType = z
  .strictObject({ label: label(100), icon: Icon, countsAsContact: z.boolean(), archived: z.boolean() })
  .partial();
export type UpdateActivityTypeInput = z.output<typeof UpdateActivityType>;

/** A type of activity on the wire. Those of the system are written by it alone. */
export const ActivityTypeOut = z
  .object({
    id: z.string(),
    key: z.string(),
    label: z.string(),
    icon: z.string().nullable(),
    countsAsContact: z.boolean(),
    system: z.boolean(),
    archived: z.boolean(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'ActivityType' });

/** All types: there are few. */
export const ActivityTypesOut = pageOf(ActivityTypeOut);
