import { z } from 'zod';
import { Id, label, PageQuery } from '../wire.ts';

/** Query of a record's history. */
export const HistoryQuery = PageQuery;

/** Route parameters of one entry of a history. */
export const ByEntry = z.strictObject({ id: Id, eventId: Id });

/** Which field of an entry is to have the value again that it had before. */
export const PutBack = z.strictObject({ field: label(120) });

const Why = z.object({ id: z.string(), type: z.string(), at: z.string().nullable() });

/** What happened to a record at one time: field by field, by whom, and why; `causes` begin with the nearest. */
export const HistoryEntry = z
  .object({
    id: z.string(),
    type: z.string(),
    at: z.string(),
    actor: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
    door: z.string().nullable(),
    origin: z.enum(['live', 'history']),
    changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    causes: z.array(Why),
  })
  .meta({ id: 'HistoryEntry' });
