import { z } from 'zod';
import { NewCompany } from '../companies/company.schema.ts';
import { NewContact } from '../contacts/contact.schema.ts';
import { Currency } from '../iso.schema.ts';
import { CustomFields, referenceTo, UserReference } from '../match.schema.ts';
import { TagIds } from '../tags/tag.schema.ts';
import { Day, Id, label, Money, optionalText, refusal } from '../wire.ts';

const StageKey = label(100);
const fields = {
  amount: Money.nullable(),
  currency: Currency,
  /** One that is given stays when the deal moves; null follows the stage again. */
  probability: z.int().min(0).max(100).nullable(),
  expectedCloseDate: Day.nullable(),
  contactId: referenceTo(NewContact).nullable(),
  companyId: referenceTo(NewCompany).nullable(),
  ownerId: UserReference.nullable(),
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

/** What a deal is made of when one that is told by a match is not there. */
export const NewDeal = CreateDeal.meta({ id: 'NewDeal' });

/** Changes of a deal; null clears a field. The stage moves by its own route. */
export const UpdateDeal = z.strictObject({ name: label(300), ...fields }).partial();
export type UpdateDealInput = z.output<typeof UpdateDeal>;

/**
 * Where a deal moves: a stage of its pipeline or of the one that is named, and optionally the deal it comes to stand behind on the board. With
 * a pipeline alone, the stage of its key or kind there.
 */
export const MoveDeal = z
  .strictObject({
    stage: StageKey.optional(),
    pipelineId: Id.optional(),
    afterDealId: Id.nullish(),
    reason: optionalText(1_000).optional(),
  })
  .refine(
    ({ stage, pipelineId }) => stage !== undefined || pipelineId !== undefined,
    refusal('required', 'say the stage, or the pipeline, to move to', 'stage'),
  );
export type MoveDealInput = z.output<typeof MoveDeal>;

/** Changes of a deal by whoever has values and no form: its stage among them, which moves it, and the reason that this asks for. */
export const DealPatch = UpdateDeal.extend({ stage: StageKey.optional(), reason: optionalText(1_000).optional() }).refine(
  ({ stage, reason }) => stage !== undefined || reason == null,
  refusal('reason_without_stage', 'goes with the stage that the deal moves to', 'reason'),
);

/** How a deal ended. */
export const CloseDeal = z.strictObject({ status: z.enum(['won', 'lost']), reason: optionalText(1_000).optional() });
export type CloseDealInput = z.output<typeof CloseDeal>;

/** What a contact has to do with a deal, such as decision maker. */
export const DealContactRole = z.strictObject({ role: label(100) });

/** A contact of a deal, in a path. */
export const ByDealContact = z.strictObject({ id: Id, contactId: Id });

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
    contacts: z.array(z.object({ contactId: z.string(), name: z.string().nullable(), role: z.string() })),
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
