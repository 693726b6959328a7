import { z } from 'zod';

/** A personal export: how far it is, and when it and its file are removed. */
export const PersonalExportOut = z
  .object({
    id: z.string(),
    contactId: z.string(),
    state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    done: z.int().meta({ description: 'How many of its files are written' }),
    total: z.int(),
    size: z.int().nullable().meta({ description: 'Bytes of the zip, once it is there' }),
    error: z.string().nullable(),
    requestedBy: z.string().nullable(),
    requestedAt: z.string(),
    finishedAt: z.string().nullable(),
    expiresAt: z.string().nullable(),
  })
  .meta({ id: 'PersonalExport' });
