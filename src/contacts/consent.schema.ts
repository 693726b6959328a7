import { z } from 'zod';
import { Id, Instant, text } from '../wire.ts';

/** The lawful bases of GDPR, article 6. */
export const consentBases = [
  'consent',
  'contract',
  'legal_obligation',
  'vital_interests',
  'public_task',
  'legitimate_interests',
] as const;

/** What data is used for. Of `email` the senders know: who has withdrawn it gets none. */
const Purpose = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, { error: 'must be small letters, digits, _ and -, such as newsletter' });

/** Route parameters of one consent. */
export const ByPurpose = z.strictObject({ id: Id, purpose: Purpose });

/** On what basis a purpose rests, or that it no longer does; `source` is how that is known, `since` is now unless told. */
export const SetConsent = z.strictObject({
  status: z.enum(['given', 'withdrawn']),
  basis: z.enum(consentBases).optional(),
  source: text(500).nullish(),
  since: Instant.optional(),
});
export type SetConsentInput = z.output<typeof SetConsent>;

/** What a contact's data may be used for, and why. */
export const ConsentOut = z
  .object({
    purpose: z.string(),
    status: z.enum(['given', 'withdrawn']),
    basis: z.enum(consentBases),
    source: z.string().nullable(),
    since: z.string(),
    recordedBy: z.string().nullable(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Consent' });

/** All consents of a contact. */
export const ConsentsOut = z.object({ data: z.array(ConsentOut) });
