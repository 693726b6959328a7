import { z } from 'zod';
import { RunOut } from '../runs.schema.ts';
import { Email } from '../wire.ts';

/** What is asked before a person is erased: that one knows that it cannot be undone. */
export const EraseContact = z.strictObject({ confirm: z.literal(true, { error: 'must be true: an erasure cannot be undone' }) });

/** Whose address is to be erased, also where no contact has it any more. */
export const EraseAddress = z.strictObject({ email: Email, ...EraseContact.shape });

/** What an erasure goes through, in this order. */
export const erasureSteps = [
  'messages',
  'ledger',
  'activities',
  'tasks',
  'files',
  'deals',
  'receipts',
  'rejections',
  'answers',
  'log',
  'mentions',
  'elsewhere',
  'contents',
] as const;

const Counts = z.record(z.string(), z.int()).meta({ description: 'How many of each kind' });

/** What an erasure would take away, and what of it concerns others too: that stays, without this person's name, addresses and numbers. */
export const ErasurePreviewOut = z
  .object({ contactId: z.string(), name: z.string(), erased: Counts, kept: Counts })
  .meta({ id: 'ErasurePreview' });

/** The receipt of an erasure; it names nobody. */
export const ErasureOut = z
  .object({
    id: z.string(),
    contactId: z.string(),
    state: z.enum(['running', 'done']),
    step: z.enum(erasureSteps),
    counts: Counts,
    requestedBy: z.string().nullable(),
    requestedAt: z.string(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Erasure' });

/** The receipt with the run that carries the erasure out. */
export const ErasureShown = ErasureOut.extend({ run: RunOut }).meta({ id: 'ErasureWithRun' });
