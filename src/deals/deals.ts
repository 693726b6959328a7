import { LockMode } from '@mikro-orm/core';
import { companyTarget } from '../companies/companies.ts';
import { contactTarget } from '../contacts/contact.target.ts';
import { linkable } from '../contacts/contacts.ts';
import { type Context, entities, newId, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { invalidField, notFound } from '../errors.ts';
import { newExtras, withExtras } from '../fields/values.ts';
import { requireInput, requirePatch } from '../identity/inputs.ts';
import { requireCreate, requireHandOver, requireReach, requireShown, visible } from '../identity/permissions.ts';
import { userTarget } from '../identity/user.target.ts';
import { readRecord } from '../lists.ts';
import { creation, edit, type Revision, requireVersion } from '../records.ts';
import { refer } from '../refer.ts';
import type { Selection } from '../show.ts';
import { Deal } from './deal.entity.ts';
import { dealObject } from './deal.object.ts';
import type { CreateDealInput, UpdateDealInput } from './deal.schema.ts';
import { endOfStage, enterStageHistory, firstStage, stageById, stageByKey } from './stages.ts';

/** The JSON of a deal. Throws `deal_not_found`. */
export const getDeal = (ctx: Context, id: string, selection?: Selection): Promise<string> =>
  readRecord(ctx, dealObject, { id, selection });

/** JSON of the number and sum of deals the caller may see, per stage and currency: the heads of the board's columns. */
export async function dealTotals(ctx: Context): Promise<string> {
  requireShown(ctx, 'deal', 'amount');
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(t), '[]'), 'nextCursor', null)::text as json from (
          select stages.pipeline_id as "pipelineId", stages.key as stage, added.currency, added.count, added.amount::numeric(20, 2)::text as amount
          from (select stage_id, currency, count(*)::int as count, coalesce(sum(amount), 0) as amount from deals
            where ${visible(ctx, 'deal', 'deals')} and deleted_at is null group by 1, 2) added
            join stages on stages.id = added.stage_id order by 1, 2, 3) t`,
  );
  return row?.json ?? '';
}

/** Makes a deal in the stage asked for, else the pipeline's first. Throws `stage_not_found`, `reference_not_found`, `reason_required`, `unknown_reason`, `probability_of_closed_deal`. */
export async function createDeal(ctx: Context, input: CreateDealInput): Promise<Deal> {
  const { stage: key, pipelineId, reason, probability, ...given } = await refer(ctx, input, targets);
  const stage = key === undefined ? await firstStage(ctx, pipelineId) : await stageByKey(ctx, pipelineId, key);
  const values = {
    ...given,
    ...(await target(ctx, given.contactId)),
    ...(await newExtras(ctx, 'deal', given)),
    ownerId: given.ownerId === undefined ? ctx.actor.userId : given.ownerId,
  };
  requireCreate(ctx, 'deal', values.ownerId);
  await requireInput(ctx, 'deal', { ...input, ...given });
  const deal = new Deal();
  Object.assign(deal, { ...empty, ...values, id: newId(), pipelineId: stage.pipelineId, createdAt: ctx.now, version: 0 });
  deal.enter(stage, ctx.now, reason ?? null);
  requireOpen(deal, probability);
  if (probability != null && deal.status === 'open') fixProbability(deal, probability);
  deal.position = await endOfStage(ctx, stage.id);
  deal.refold();
  (await entities(ctx)).persist(deal);
  await enterStageHistory(ctx, deal.id, stage.id);
  const links = { contactId: deal.contactId ?? null, companyId: deal.companyId ?? null };
  emit(ctx, 'deal.created', {
    dealId: deal.id,
    ...links,
    stage: stage.key,
    changes: creation({ ...values, ...(probability == null ? {} : { probability }), stage: stage.key }),
  });
  return deal;
}

const targets = { contactId: contactTarget, companyId: companyTarget, ownerId: userTarget };

const empty = {
  amount: null,
  currency: 'USD',
  probabilityFixed: false,
  expectedCloseDate: null,
  actualCloseDate: null,
  contactId: null,
  companyId: null,
  wonReason: null,
  lostReason: null,
  customFields: {},
  tagIds: [],
  deletedAt: null,
};

/** A contact to link, followed to the one it was merged into. */
async function target(ctx: Context, contactId: string | null | undefined): Promise<{ contactId?: string | null }> {
  if (!contactId) return contactId === null ? { contactId } : {};
  return { contactId: (await linkable(ctx, [contactId])).get(contactId) ?? null };
}

/** Throws when a closed deal is to have another probability than its end has. */
function requireOpen({ status, probability }: Deal, wanted: number | null | undefined): void {
  if (wanted == null || status === 'open' || wanted === probability) return;
  const message = `A deal that is ${status} has probability ${probability}.`;
  throw invalidField('/probability', 'probability_of_closed_deal', message);
}

function fixProbability(deal: Deal, probability: number): void {
  deal.probability = probability;
  deal.probabilityFixed = true;
}

/** Edits a deal. Throws `deal_not_found`, `version_mismatch`, `forbidden`, `probability_of_closed_deal`. */
export async function updateDeal(ctx: Context, revision: Revision, input: UpdateDealInput): Promise<Deal> {
  const deal = await editableDeal(ctx, revision);
  const patch = await refer(ctx, input, targets);
  await requirePatch(ctx, 'deal', { record: deal, patch });
  requireHandOver(ctx, 'deal', { from: deal.ownerId ?? null, to: patch.ownerId });
  requireOpen(deal, patch.probability);
  const follows = patch.probability === null;
  if (follows) patch.probability = (await stageById(ctx, deal.stageId)).probability;
  const given = await withExtras(ctx, 'deal', { record: deal, patch });
  const contactId = patch.contactId === deal.contactId ? undefined : patch.contactId;
  const changes = edit(deal, { ...given, ...(await target(ctx, contactId)) } as Partial<Deal>, ctx.now);
  if (changes.probability !== undefined || follows) deal.probabilityFixed = deal.status === 'open' && !follows;
  deal.refold();
  if (Object.keys(changes).length > 0) emit(ctx, 'deal.updated', { dealId: deal.id, changes });
  return deal;
}

/** Deletes a deal; its history stays, it can be restored. Throws as `updateDeal`. */
export async function deleteDeal(ctx: Context, { id, version }: Revision): Promise<void> {
  const deal = await findDeal(ctx, id);
  await requireReach(ctx, { object: 'deal', verb: 'delete' }, deal);
  requireVersion(deal, version);
  edit(deal, { deletedAt: ctx.now } as Partial<Deal>, ctx.now);
  emit(ctx, 'deal.deleted', { dealId: id });
}

/** A deal that the caller may edit, as they have read it, locked for change. Throws `deal_not_found`, `version_mismatch`, `forbidden`. */
export async function editableDeal(ctx: Context, { id, version }: Revision): Promise<Deal> {
  const deal = await findDeal(ctx, id);
  await requireReach(ctx, { object: 'deal', verb: 'edit' }, deal);
  requireVersion(deal, version);
  return deal;
}

/** A live deal, locked for change. Throws `deal_not_found`. */
async function findDeal(ctx: Context, id: string): Promise<Deal> {
  const deal = await (await entities(ctx)).findOne(Deal, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (deal === null) throw notFound('deal');
  return deal;
}
