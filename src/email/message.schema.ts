import { z } from 'zod';
import { NewContact } from '../contacts/contact.schema.ts';
import { NewDeal } from '../deals/deal.schema.ts';
import { referenceTo } from '../match.schema.ts';
import { Email, Id, label, text } from '../wire.ts';

const Person = z.strictObject({ address: Email, name: text(200).optional() });
const People = z
  .array(
    z.union([Email.transform((address) => ({ address })), Person], {
      error: 'must be an e-mail address, or { "address": ..., "name": ... }',
    }),
  )
  .max(200);

/** A message to send from a mailbox of the caller's. Recipients are addresses, or addresses with names. */
export const SendMessage = z.strictObject({
  mailboxId: Id,
  to: People.min(1),
  cc: People.default([]),
  bcc: People.default([]),
  subject: label(998),
  text: z.string().min(1).max(200_000).pipe(text(200_000)),
  html: text(500_000).optional(),
  contactId: referenceTo(NewContact).optional(),
  dealId: referenceTo(NewDeal).optional(),
  /** Id of the message that this one answers. */
  inReplyTo: Id.optional(),
});
export type SendMessageInput = z.output<typeof SendMessage>;

const Participant = z.object({
  role: z.enum(['from', 'to', 'cc', 'bcc']),
  /** Null of a contact, to whose role hides the addresses of contacts. */
  address: z.string().nullable(),
  name: z.string(),
  contactId: z.string().nullable(),
});

/** A message on the wire: as much of it as its mailboxes show to the caller. `html` is safe to show in a sandboxed frame. */
export const MessageOut = z
  .object({
    id: z.string(),
    threadId: z.string(),
    headerId: z.string().nullable(),
    direction: z.enum(['in', 'out']),
    kind: z.enum(['human', 'auto_reply', 'bounce', 'bulk', 'invite']),
    sentAt: z.string(),
    openness: z.enum(['own', 'everything', 'subject', 'metadata']),
    participants: z.array(Participant),
    subject: z.string().nullable(),
    text: z.string().nullable(),
    html: z.string().nullable(),
    attachments: z.array(
      z.object({
        index: z.int(),
        filename: z.string().nullable(),
        contentType: z.string(),
        size: z.int(),
        contentId: z.string().nullable(),
        inline: z.boolean(),
      }),
    ),
    truncated: z.boolean(),
    damaged: z.boolean(),
    activityId: z.string().nullable(),
    send: z
      .object({
        state: z.enum(['queued', 'sending', 'sent', 'in_doubt', 'failed']),
        errorCode: z.string().nullable(),
        error: z.string().nullable(),
        sentAt: z.string().nullable(),
        refused: z.array(z.object({ address: z.string(), message: z.string(), permanent: z.boolean() })),
      })
      .nullable()
      .describe('How the sending went, for messages sent from here.'),
  })
  .meta({ id: 'Message' });
export type MessageShown = z.output<typeof MessageOut>;
