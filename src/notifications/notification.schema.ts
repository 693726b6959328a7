import { z } from 'zod';

/** Something that wants a user's attention: a task that came due, a deal that rots. */
export const NotificationOut = z
  .object({
    id: z.string(),
    kind: z.string(),
    recordType: z.string(),
    recordId: z.string(),
    subject: z.string(),
    readAt: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'Notification' });
