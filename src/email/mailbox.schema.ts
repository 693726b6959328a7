import { z } from 'zod';
import { Email, Instant, label, PageQuery, text } from '../wire.ts';

const Server = z.strictObject({
  host: label(253).regex(/^[^\s/\\?#@]+$/u, { error: 'must be a host name or an address' }),
  port: z.int().min(1).max(65_535),
  security: z.enum(['tls', 'starttls', 'none']),
  /** How to sign in, told apart by `type`. */
  auth: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('password'), username: label(320), password: z.string().min(1).max(1_000) }),
  ]),
});

const policy = {
  createContacts: z
    .enum(['none', 'sent', 'all'])
    .describe('Who becomes a contact: nobody, whom the owner has written to, all who write.'),
  visibility: z.enum(['everything', 'subject', 'metadata']).describe('What others see of its mail.'),
  syncFrom: Instant.nullable().describe('Older mail is left where it is; null for all.'),
};

/** A mailbox to connect. Asked before the first message is fetched: who becomes a contact, and what others see. */
export const ConnectMailbox = z.strictObject({
  address: Email,
  imap: Server,
  smtp: Server,
  createContacts: policy.createContacts.default('sent'),
  visibility: policy.visibility.default('metadata'),
  syncFrom: policy.syncFrom.default(null),
});
export type ConnectMailboxInput = z.output<typeof ConnectMailbox>;

/** Changes of a mailbox. New settings or credentials make a mailbox that had stopped try again. */
export const UpdateMailbox = z
  .strictObject({
    createContacts: policy.createContacts,
    visibility: policy.visibility,
    imap: Server,
    smtp: Server,
    paused: z.boolean(),
  })
  .partial();
export type UpdateMailboxInput = z.output<typeof UpdateMailbox>;

const Part = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);

/** Whether each server took the settings, with its own words when it did not. */
export const MailboxTestOut = z.object({ imap: Part, smtp: Part }).meta({ id: 'MailboxTest' });

const ServerOut = z.object({ host: z.string(), port: z.int(), security: z.string(), username: z.string(), authType: z.string() });

/** A mailbox on the wire; its credentials never are. */
export const MailboxOut = z
  .object({
    id: z.string(),
    address: z.string(),
    ownerId: z.string(),
    imap: ServerOut,
    smtp: ServerOut,
    state: z.enum(['connecting', 'live', 'unreachable', 'throttled', 'rejected', 'needs_reauthorisation', 'paused']),
    errorCode: z.string().nullable(),
    error: z.string().nullable(),
    retryAt: z.string().nullable(),
    createContacts: z.enum(['none', 'sent', 'all']),
    visibility: z.enum(['everything', 'subject', 'metadata']),
    syncFrom: z.string().nullable(),
    syncedAt: z.string().nullable(),
    import: z.object({
      found: z.int(),
      logged: z.int(),
      waiting: z.int(),
      skipped: z.int(),
      quarantined: z.int(),
      progress: z.number().describe('From 0 to 1; 1 when all that was there at the start has been seen.'),
    }),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Mailbox' });

/** What to look up in a mailbox's ledger: a Message-ID, or anybody's address. */
export const LedgerQuery = PageQuery.extend({ messageId: text(998).optional(), address: text(320).optional() });

/** What became of one message in one folder, and by which rule. */
export const LedgerEntry = z
  .object({
    folder: z.string(),
    uid: z.string(),
    outcome: z.enum(['logged', 'waiting', 'skipped', 'quarantined']),
    rule: z.string().nullable(),
    explanation: z.string(),
    headerId: z.string().nullable(),
    sender: z.string().nullable(),
    at: z.string(),
    gone: z.boolean(),
    messageId: z.string().nullable(),
    activityId: z.string().nullable(),
  })
  .meta({ id: 'LedgerEntry' });
