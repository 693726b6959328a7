import { z } from 'zod';
import { Email } from '../wire.ts';

/** The address by which one came upon a contact that one does not see. */
export const AskToSee = z.strictObject({ email: Email });

/** Something that wants a user's attention: a task that came due, a deal that rots, a colleague who asks to see a contact. */
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
