import { z } from 'zod';

/** Postgres stores neither NUL nor lone surrogates; a sender's slip there is no reason to lose the rest. */
const line = (max: number) =>
  z
    .string()
    .transform((text) => text.toWellFormed().replaceAll('\u0000', '').trim())
    .pipe(z.string().max(max, `must be at most ${max} characters`));

/** Null and blank mean "not said": what a sender leaves empty never erases what is known. */
const said = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value),
    schema.optional(),
  );

const Instant = z.iso
  .datetime({ offset: true, error: 'must be an instant such as 2026-03-01T12:00:00Z' })
  .transform((text) => new Date(text))
  .refine((at) => at.getUTCFullYear() >= 1900 && at.getUTCFullYear() < 2200, 'must be between the years 1900 and 2200')
  .transform((at) => at.toISOString());

const MappedContact = z
  .strictObject({
    email: said(line(254).pipe(z.email('must be an e-mail address'))),
    phone: said(line(60)),
    mobile: said(line(60)),
    firstName: said(line(100)),
    lastName: said(line(100)),
    title: said(line(150)),
    department: said(line(150)),
    companyName: said(line(200)),
    addressLine1: said(line(200)),
    addressLine2: said(line(200)),
    city: said(line(100)),
    state: said(line(100)),
    postalCode: said(line(30)),
    country: said(line(100)),
    leadSource: said(line(100)),
  })
  .refine((contact) => contact.email || contact.phone || contact.mobile, 'needs an email or a phone to be found by');

const MappedActivity = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be the key of an activity type, such as note')
    .default('webhook'),
  subject: line(300).pipe(z.string().min(1, 'must not be empty')),
  description: said(line(20_000)),
  occurredAt: said(Instant),
});

/** What is passed over need not be whole: a mapping may say `skip` beside fields that this payload does not have. */
const Skipped = z
  .looseObject({ skip: z.union([z.literal(true), line(500).pipe(z.string().min(1))]) })
  .transform(({ skip }): MappingOutput => ({ skip }));

/**
 * What a mapping may yield: the contact to create or update (found by address, else by phone), the activity to log on it,
 * or that the receipt is to be passed over, with a reason.
 */
export const MappingOutput = z
  .strictObject({
    contact: said(MappedContact),
    activity: said(MappedActivity),
    skip: said(z.union([z.boolean(), line(500)], 'must be true, false or a reason')),
  })
  .refine((output) => output.contact || output.activity, 'must hold a contact, or skip')
  .refine((output) => output.contact || !output.activity, {
    path: ['contact'],
    message: 'is needed: the activity would land on nobody',
  });
export type MappingOutput = z.infer<typeof MappingOutput>;

export interface MappingIssue {
  /** `contact.email`; empty for the whole result. */
  path: string;
  message: string;
}

export type MappingReading = { ok: true; output: MappingOutput } | { ok: false; issues: MappingIssue[] };

/** Reads what a mapping has yielded. Never throws: each fault comes with its path. */
export function readMappingOutput(value: unknown): MappingReading {
  if (value === null || value === undefined) {
    return { ok: false, issues: [{ path: '', message: 'the mapping found nothing in this payload' }] };
  }
  const skipped = Skipped.safeParse(value);
  const read = skipped.success ? skipped : MappingOutput.safeParse(value);
  if (read.success) return { ok: true, output: read.data };
  const issues = read.error.issues.slice(0, 20);
  return { ok: false, issues: issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })) };
}
