import { z } from 'zod';
import { Id, Instant, PageQuery } from '../wire.ts';

/** What the audit may be narrowed by. */
const filter = {
  actorId: Id.optional(),
  recordId: Id.optional(),
  /** Names of events, with commas between. */
  types: z
    .string()
    .max(2_000)
    .regex(/^[a-z_.,]+$/, { error: 'must be names of events with commas between, such as user.signed_in,role.updated' })
    .optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  address: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }).optional(),
};
export const AuditFilter = z.strictObject(filter);
export type AuditFilterInput = z.output<typeof AuditFilter>;

/** A page of the audit, newest first. */
export const AuditQuery = PageQuery.extend(filter);

/** Who did what to which record, when, from where and why. */
export const AuditEntryOut = z
  .object({
    id: z.string(),
    position: z.int(),
    at: z.string(),
    type: z.string(),
    actorKind: z.string(),
    actorId: z.string().nullable(),
    actorName: z.string().nullable(),
    door: z.string(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
    recordType: z.string(),
    recordId: z.string(),
    causeId: z.string().nullable(),
    correlationId: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.output<typeof AuditEntryOut>;
