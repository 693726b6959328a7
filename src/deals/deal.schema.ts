import { z } from 'zod';
import { TagIds } from '../tags/tag.schema.ts';
import { Currency, CustomFields, Day, Id, label, Money, optionalText } from '../wire.ts';

const StageKey = label(100);
const fields = {
  amount: Money.nullable(),
  currency: Currency,
  probability: z.int().min(0).max(100),
  expectedCloseDate: Day.nullable(),
  contactId: Id.nullable(),
  companyId: Id.nullable(),
  ownerId: Id.nullable(),
  customFields: CustomFields,
  tagIds: TagIds,
};

/** A new deal; it starts in the first stage of the default pipeline unless told. */
export const CreateDeal = z.strictObject({
  name: label(300),
  ...z.object(fields).partial().shape,
  pipelineId: Id.optional(),
  stage: StageKey.optional(),
  /** Why it is won or lost, for one that begins closed. */
  reason: optionalText(1_000).optional(),
});
export type CreateDealInput = z.output<typeof CreateDeal>;

/** Changes of a deal; null clears a field. The stage moves by its own route. */
export const UpdateDeal = z.strictObject({ name: label(300), ...fields }).partial();
export type UpdateDealInput = z.output<typeof UpdateDeal>;

/** Where a deal moves: a stage of its pipeline, and optionally the deal it comes to stand behind on the board. */
export const MoveDeal = z.strictObject({
  stage: StageKey,
  afterDealId: Id.nullish(),
  reason: optionalText(1_000).optional(),
});
export type MoveDealInput = z.output<typeof MoveDeal>;

/** How a deal ended. */
export const CloseDeal = z.strictObject({ status: z.enum(['won', 'lost']), reason: optionalText(1_000).optional() });
export type CloseDealInput = z.output<typeof CloseDeal>;

/** A deal on the wire; `stage` is the key of its stage. */
export const DealOut = z
  .object({
    id: z.string(),
    name: z.string(),
    amount: z.string().nullable(),
    currency: z.string(),
    pipelineId: z.string(),
    stage: z.string(),
    stageName: z.string(),
    status: z.enum(['open', 'won', 'lost']),
    probability: z.int(),
    stageEnteredAt: z.string(),
    expectedCloseDate: z.string().nullable(),
    actualCloseDate: z.string().nullable(),
    contactId: z.string().nullable(),
    contactName: z.string().nullable(),
    companyId: z.string().nullable(),
    companyName: z.string().nullable(),
    ownerId: z.string().nullable(),
    wonReason: z.string().nullable(),
    lostReason: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    tagIds: z.array(z.string()),
    lastActivityAt: z.string().nullable(),
    nextActivityAt: z.string().nullable(),
    rottingSince: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'Deal' });

/** What stands in a stage of a pipeline in one currency; deals without an amount count and add nothing. */
export const DealTotalOut = z
  .object({ pipelineId: z.string(), stage: z.string(), currency: z.string(), count: z.int(), amount: z.string() })
  .meta({ id: 'DealTotal' });
