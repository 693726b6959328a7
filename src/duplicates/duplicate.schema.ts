import { z } from 'zod';
import { likeness } from '../near-matches.schema.ts';
import { PageQuery } from '../wire.ts';

export const DuplicatesQuery = PageQuery.extend({
  object: z.enum(['contact', 'company']).default('contact'),
  sort: z.enum(['-score', 'score', '-createdAt', 'createdAt']).optional(),
});
export type DuplicatesRequest = z.output<typeof DuplicatesQuery>;

/** Two records that may be the same, to be reviewed. */
export const pairOut = <Out extends z.ZodType>(record: Out) =>
  z.object({
    id: z.string(),
    object: z.enum(['contact', 'company']),
    ...likeness,
    records: z.array(record),
    createdAt: z.string(),
  });

/** One side of such a pair. `id` is the pair's. */
export const duplicateOf = <Out extends z.ZodType>(record: Out) => z.object({ id: z.string(), ...likeness, record });
