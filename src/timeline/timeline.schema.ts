import { z } from 'zod';
import { ActivityOut } from '../activities/activity.schema.ts';
import { PageQuery } from '../wire.ts';

/** A page of a timeline, newest first. `kinds` is a comma-separated list: `mail`, `task`, `change`, `workflow`, `file`, or types of activities. */
export const TimelineQuery = PageQuery.extend({
  kinds: z
    .string()
    .regex(/^\w{1,50}(,\w{1,50}){0,19}$/, { error: 'must be kinds with commas between them, such as mail,call' })
    .transform((list) => list.split(','))
    .optional(),
});

/**
 * An entry of a timeline: an activity with the name of who did it; or of type `task_created`, `task_planned`, `change`, `workflow` or
 * `file`, in the same shape.
 */
export const TimelineEntry = ActivityOut.extend({
  ownerName: z.string().nullable(),
  dealName: z.string().nullable(),
  taskId: z.string().nullable(),
  fileId: z.string().nullable(),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
}).meta({ id: 'TimelineEntry' });
