import { z } from 'zod';
import { text } from '../wire.ts';

/** Objects that are searched. */
export const searchedObjects = ['contact', 'company', 'deal', 'activity', 'task', 'message', 'file'] as const;
export type SearchedObject = (typeof searchedObjects)[number];

/** What to look for. `objects` is a comma-separated list; all that the caller may see when left out. */
export const SearchQuery = z.strictObject({
  q: text(200),
  objects: z
    .string()
    .max(100)
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(searchedObjects)).min(1))
    .optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export type SearchRequest = z.output<typeof SearchQuery>;

const ranges = z.array(z.tuple([z.int(), z.int()]));

/** A hit. Highlights are ranges of characters, from and up to, of the text of the same name. */
export const HitOut = z
  .object({
    object: z.enum(searchedObjects),
    id: z.string(),
    title: z.string(),
    subtitle: z.string().nullable(),
    snippet: z.string().nullable(),
    contactId: z.string().nullable(),
    companyId: z.string().nullable(),
    dealId: z.string().nullable(),
    near: z.boolean().meta({ description: 'Spelt nearly so' }),
    highlights: z.object({ title: ranges, subtitle: ranges, snippet: ranges }),
  })
  .meta({ id: 'SearchHit' });
export type Hit = z.output<typeof HitOut>;

/** The best hits, best first. There is no next page: who needs more types more. */
export const SearchOut = z.object({ data: z.array(HitOut) });
