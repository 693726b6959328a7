import type { Context } from '../context.ts';
import { emit } from '../emit.ts';
import { conflict } from '../errors.ts';
import type { Revision } from '../records.ts';
import type { Deal, Stage } from './deal.entity.ts';
import type { CloseDealInput, MoveDealInput } from './deal.schema.ts';
import { editableDeal } from './deals.ts';
import { endOfStage, enterStageHistory, firstStage, placeInStage, stageById, stageByKey, stageOfKind } from './stages.ts';

/**
 * Moves a deal to another stage of its pipeline or of another, or to another place within its stage. Without a stage it goes to the one of
 * its key or kind in the other pipeline. A stage of kind won or lost closes it, an open one reopens a closed deal. Throws `deal_not_found`,
 * `stage_not_found`, `pipeline_not_found`, `reference_not_found` and `deal_not_in_stage` for the deal to stand behind, `version_mismatch`,
 * `forbidden`.
 */
export async function moveDeal(ctx: Context, revision: Revision, move: MoveDealInput): Promise<Deal> {
  const deal = await editableDeal(ctx, revision);
  const stage = await targetStage(ctx, deal, move);
  if (move.afterDealId !== undefined) {
    deal.position = await placeInStage(ctx, deal.id, { stageId: stage.id, afterId: move.afterDealId });
  }
  if (stage.id === deal.stageId) return deal;
  if (move.afterDealId === undefined) deal.position = await endOfStage(ctx, stage.id);
  await enter(ctx, deal, { stage, reason: move.reason ?? null });
  return deal;
}

async function targetStage(ctx: Context, deal: Deal, { stage, pipelineId = deal.pipelineId }: MoveDealInput): Promise<Stage> {
  if (pipelineId !== deal.pipelineId) await firstStage(ctx, pipelineId); // says that there is no such pipeline
  if (stage !== undefined) return stageByKey(ctx, pipelineId, stage);
  const own = await stageById(ctx, deal.stageId);
  return pipelineId === deal.pipelineId ? own : stageOfKind(ctx, pipelineId, { kind: own.kind, key: own.key });
}

/** Closes an open deal as won or lost: moves it to the pipeline's stage of that kind. Throws `deal_closed` and as `moveDeal`. */
export async function closeDeal(ctx: Context, revision: Revision, close: CloseDealInput): Promise<Deal> {
  const deal = await editableDeal(ctx, revision);
  if (deal.status !== 'open') throw conflict('deal_closed', `The deal is ${deal.status} already; reopen it first.`);
  const stage = await stageOfKind(ctx, deal.pipelineId, { kind: close.status });
  deal.position = await endOfStage(ctx, stage.id);
  await enter(ctx, deal, { stage, reason: close.reason ?? null });
  return deal;
}

/** Reopens a closed deal in its pipeline's first stage. Throws `deal_open` and as `moveDeal`. */
export async function reopenDeal(ctx: Context, revision: Revision): Promise<Deal> {
  const deal = await editableDeal(ctx, revision);
  if (deal.status === 'open') throw conflict('deal_open', 'The deal is open.');
  const stage = await firstStage(ctx, deal.pipelineId);
  deal.position = await endOfStage(ctx, stage.id);
  await enter(ctx, deal, { stage, reason: null });
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
    names: { from: from.name, to: stage.name },
    ...(from.pipelineId === stage.pipelineId ? {} : { pipelines: { from: from.pipelineId, to: stage.pipelineId } }),
  };
  if (from.kind === stage.kind) emit(ctx, 'deal.stage_changed', facts);
  else if (stage.kind !== 'open') emit(ctx, 'deal.closed', { ...facts, status: stage.kind, reason });
  else emit(ctx, 'deal.reopened', facts);
}
