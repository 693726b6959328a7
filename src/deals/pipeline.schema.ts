import { z } from 'zod';
import { label } from '../wire.ts';

const reasons = z
  .array(label(200))
  .max(100)
  .refine((list) => new Set(list.map((reason) => reason.toLowerCase())).size === list.length, {
    error: 'must not name a reason twice',
  });

/** Changes of a pipeline. Where a list of reasons is not empty, a deal closes with one of them; an empty list takes any text. */
export const UpdatePipeline = z
  .strictObject({
    name: label(200),
    wonReasons: reasons,
    lostReasons: reasons,
    wonReasonRequired: z.boolean(),
    lostReasonRequired: z.boolean(),
  })
  .partial();
export type UpdatePipelineInput = z.output<typeof UpdatePipeline>;

/** A pipeline with its stages in order. */
export const PipelineOut = z
  .object({
    id: z.string(),
    name: z.string(),
    isDefault: z.boolean(),
    stages: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        kind: z.enum(['open', 'won', 'lost']),
        probability: z.int(),
        rotDays: z.int().nullable(),
      }),
    ),
    wonReasons: z.array(z.string()),
    lostReasons: z.array(z.string()),
    wonReasonRequired: z.boolean(),
    lostReasonRequired: z.boolean(),
    version: z.int(),
  })
  .meta({ id: 'Pipeline' });

const sums = { currency: z.string(), count: z.int(), amount: z.string(), weighted: z.string() };

/**
 * What stands in a pipeline: per stage and currency, and of its open deals per month of expected close (null: no day is set) and currency.
 * `weighted` counts each deal with its probability. Sums are never taken over currencies; deals without an amount count and add nothing.
 */
export const PipelineSummaryOut = z
  .object({
    stages: z.array(z.object({ stage: z.string(), ...sums })),
    forecast: z.array(z.object({ month: z.string().nullable(), ...sums })),
  })
  .meta({ id: 'PipelineSummary' });

/** A stay of a deal in a stage; `leftAt` is null where it stands now. */
export const StageStayOut = z
  .object({
    pipelineId: z.string(),
    stage: z.string(),
    stageName: z.string(),
    enteredAt: z.string(),
    leftAt: z.string().nullable(),
    movedBy: z.string().nullable(),
  })
  .meta({ id: 'StageStay' });
