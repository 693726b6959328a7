import { z } from 'zod';

/** A record's workflow in plain words: what it awaits and since when, what happens next and when, and what the engine says of it. */
export const RunOut = z
  .object({
    workflowId: z.string(),
    state: z.enum(['none', 'running', 'completed', 'failed']),
    awaiting: z.string().nullable(),
    since: z.string().nullable(),
    next: z.string().nullable(),
    nextAt: z.string().nullable(),
    error: z.string().nullable(),
    startedAt: z.string().nullable(),
    updatedAt: z.string().nullable(),
    engine: z.enum(['none', 'running', 'completed', 'failed', 'cancelled', 'terminated', 'unknown', 'unavailable']),
  })
  .meta({ id: 'WorkflowRun' });
