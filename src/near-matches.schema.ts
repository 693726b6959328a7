import { z } from 'zod';

/** How likely two records are the same, of 100, and why, with the strongest reason first. */
export const likeness = {
  score: z.int(),
  reasons: z.array(z.enum(['same_phone', 'same_name_and_company', 'same_initial_and_company', 'same_name', 'same_domain_name'])),
};

/** The records that may be the same as one that was just written, when that was asked for. */
export const withDuplicates = <Shape extends z.ZodRawShape>(record: z.ZodObject<Shape>) =>
  record.extend({ possibleDuplicates: z.array(z.object({ ...likeness, record: record.partial().loose() })).optional() });
