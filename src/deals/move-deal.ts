import type { Context } from '../context.ts';
import { emit } from '../emit.ts';
import { conflict } from '../errors.ts';
import { requireReach } from '../identity/permissions.ts';
import { type Revision, requireVersion } from '../records.ts';
import type { Deal, Stage } from './deal.entity.ts';
import type { CloseDealInput, MoveDealInput } from './deal.schema.ts';
import { findDeal } from './deals.ts';
import { endOfStage, enterStageHistory, firstStage, placeInStage, stageById, stageByKey, stageOfKind } from './stages.ts';

/**
 * Moves a deal to another stage of its pipeline, or to another place within its stage. A stage of kind won or lost closes it, an open
 * one reopens a closed deal. Throws `deal_not_found`, `stage_not_found`, `version_mismatch`, `forbidden`.
 */
export async function moveDeal(ctx: Context, { id, version }: Revision, move: MoveDealInput): Promise<Deal> {
  const deal = await editable(ctx, { id, version });
  const stage = await stageByKey(ctx, deal.pipelineId, move.stage);
  if (move.afterDealId !== undefined) {
    deal.position = await placeInStage(ctx, id, { stageId: stage.id, afterId: move.afterDealId });
  }
  if (stage.id === deal.stageId) return deal;
  if (move.afterDealId === undefined) deal.position = await endOfStage(ctx, stage.id);
  await enter(ctx, deal, { stage, reason: move.reason ?? null });
  return deal;
}

/** Closes an open deal as won or lost: moves it to the pipeline's stage of that kind. Throws `deal_closed` and as `moveDeal`. */
export async function closeDeal(ctx: Context, { id, version }: Revision, close: CloseDealInput): Promise<Deal> {
  const deal = await editable(ctx, { id, version });
  if (deal.status !== 'open') throw conflict('deal_closed', `The deal is ${deal.status} already; reopen it first.`);
  const stage = await stageOfKind(ctx, deal.pipelineId, close.status);
  deal.position = await endOfStage(ctx, stage.id);
  await enter(ctx, deal, { stage, reason: close.reason ?? null });
  return deal;
}

/** Reopens a closed deal in its pipeline's first stage. Throws `deal_open` and as `moveDeal`. */
export async function reopenDeal(ctx: Context, { id, version }: Revision): Promise<Deal> {
  const deal = await editable(ctx, { id, version });
  if (deal.status === 'open') throw conflict('deal_open', 'The deal is open.');
  const stage = await firstStage(ctx, deal.pipelineId);
  deal.position = await endOfStage(ctx, stage.id);
  await enter(ctx, deal, { stage, reason: null });
  return deal;
}

async function editable(ctx: Context, revision: Revision): Promise<Deal> {
  const deal = await findDeal(ctx, revision.id);
  await requireReach(ctx, { object: 'deal', verb: 'edit' }, deal);
  requireVersion(deal, revision.version);
  return deal;
}

/** The one change of stage: row, stage history, and the event that says what kind of change it was. */
async function enter(ctx: Context, deal: Deal, { stage, reason }: { stage: Stage; reason: string | null }): Promise<void> {
  const from = await stageById(ctx, deal.stageId);
  deal.enter(stage, ctx.now, reason);
  await enterStageHistory(ctx, deal.id, stage.id);
  const facts = {
    dealId: deal.id,
    contactId: deal.contactId ?? null,
    companyId: deal.companyId ?? null,
    from: from.key,
    to: stage.key,
  };
  if (stage.kind !== 'open') emit(ctx, 'deal.closed', { ...facts, status: stage.kind, reason });
  else if (from.kind !== 'open') emit(ctx, 'deal.reopened', facts);
  else emit(ctx, 'deal.stage_changed', facts);
}
