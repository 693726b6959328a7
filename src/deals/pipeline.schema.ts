import { z } from 'zod';
import { Id, label, refusal, text } from '../wire.ts';

const reasons = z
  .array(label(200))
  .max(100)
  .refine(
    (list) => new Set(list.map((reason) => reason.toLowerCase())).size === list.length,
    refusal('repeated', 'must not name a reason twice'),
  );

const Kind = z.enum(['open', 'won', 'lost']);
const StageKey = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'must be small letters, digits and _, such as needs_analysis' });

const stage = {
  name: label(100),
  kind: Kind,
  probability: z.int().min(0).max(100),
  rotDays: z.int().min(1).max(3_650).nullable(),
};

/** A stage of a pipeline. Its key never changes; a closed one has the probability 100 or 0. */
export const CreateStage = z.strictObject({
  key: StageKey,
  name: stage.name,
  kind: Kind.default('open'),
  probability: stage.probability.optional(),
  rotDays: stage.rotDays.optional(),
});
export type CreateStageInput = z.output<typeof CreateStage>;

/** Changes of a stage. `after` is the key of the stage it comes to stand behind, null for the first place. */
export const UpdateStage = z.strictObject({ ...stage, after: StageKey.nullable() }).partial();
export type UpdateStageInput = z.output<typeof UpdateStage>;

/** Route parameters of a stage. */
export const ByStage = z.strictObject({ id: Id, stage: text(100) });

/** The stage that takes the deals of one that is deleted: its key. */
export const MoveDealsToStage = z.strictObject({ moveDealsTo: StageKey.optional() });

/** The pipeline that takes the deals of one that is deleted. */
export const MoveDealsToPipeline = z.strictObject({ moveDealsTo: Id.optional() });

/** A new pipeline; it needs a stage of each kind. */
export const CreatePipeline = z.strictObject({ name: label(200), stages: z.array(CreateStage).min(3).max(50) });
export type CreatePipelineInput = z.output<typeof CreatePipeline>;

/** Changes of a pipeline. Where a list of reasons is not empty, a deal closes with one of them; an empty list takes any text. */
export const UpdatePipeline = z
  .strictObject({
    name: label(200),
    wonReasons: reasons,
    lostReasons: reasons,
    wonReasonRequired: z.boolean(),
    lostReasonRequired: z.boolean(),
    isDefault: z.literal(true, { error: 'can only be true: make another pipeline the default one instead' }),
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
