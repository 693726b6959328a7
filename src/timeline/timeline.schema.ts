import { z } from 'zod';
import { ActivityOut } from '../activities/activity.schema.ts';
import { PageQuery } from '../wire.ts';

/** A page of a timeline, newest first. */
export const TimelineQuery = PageQuery;

/** An entry of a timeline: an activity with the name of who did it. */
export const TimelineEntry = ActivityOut.extend({ ownerName: z.string().nullable(), dealName: z.string().nullable() }).meta({
  id: 'TimelineEntry',
});
