import { z } from 'zod';

const fields = {
  /** Days for which deleted records can be restored; then they are gone for good. */
  keepDeletedDays: z.int().min(1).max(3_650),
};

/** How records are kept, for the whole organisation. */
export const RecordSettings = z.strictObject(fields).meta({ id: 'RecordSettings' });
export type RecordSettingsValue = z.output<typeof RecordSettings>;

/** Changes of it. */
export const UpdateRecordSettings = z.strictObject(fields).partial();
export type UpdateRecordSettingsInput = z.output<typeof UpdateRecordSettings>;
