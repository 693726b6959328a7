import { z } from 'zod';
import { Country } from './iso.schema.ts';

const fields = {
  /** Days for which deleted records can be restored; then they are gone for good. */
  keepDeletedDays: z.int().min(1).max(3_650),
  /** Whether each new contact needs an address. */
  requireEmail: z.boolean(),
};

/** How records are kept, for the whole organisation. */
export const RecordSettings = z
  .strictObject({
    ...fields,
    /** ISO 3166 code of the country by which phone numbers without one are read. */
    defaultCountry: z.string().nullable(),
  })
  .meta({ id: 'RecordSettings' });
export type RecordSettingsValue = z.output<typeof RecordSettings>;

/** Changes of it. */
export const UpdateRecordSettings = z.strictObject({ ...fields, defaultCountry: Country }).partial();
export type UpdateRecordSettingsInput = z.output<typeof UpdateRecordSettings>;
