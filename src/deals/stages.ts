import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { AppError, invalidField, referenceNotFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { Stage } from './deal.entity.ts';

const stageColumns = SQL.raw(
  `stages.id, stages.pipeline_id as "pipelineId", stages.key, stages.name, stages.kind, stages.probability,
  case stages.kind when 'won' then won_reasons when 'lost' then lost_reasons else '{}' end as reasons,
  case stages.kind when 'won' then won_reason_required when 'lost' then lost_reason_required else false end as "reasonRequired"`,
);

const noSuchStage = (key: string): AppError =>
  new AppError('stage_not_found', 400, `The pipeline has no stage ${key}.`, {
    errors: [{ pointer: '/stage', code: 'stage_not_found', message: `The pipeline has no stage ${key}.` }],
  });

/** Stages that are not deleted, of the pipeline asked for or the default one. */
const ofPipeline = (pipelineId: string | undefined) =>
  pipelineId === undefined
    ? SQL`pipelines.is_default and stages.deleted_at is null`
    : SQL`pipelines.id = ${pipelineId} and stages.deleted_at is null`;

/** A stage that a deal is about to enter is not deleted meanwhile: whoever deletes it comes before, or finds the deal in it. */
const held = SQL`for share of stages`;

/** A pipeline's first open stage. Throws 400 `pipeline_not_found`. */
export async function firstStage(ctx: Context, pipelineId: string | undefined): Promise<Stage> {
  const stage = await rowOf<Stage>(
    ctx,
    SQL`select ${stageColumns} from stages join pipelines on pipelines.id = stages.pipeline_id
        where ${ofPipeline(pipelineId)} and kind = 'open' order by position limit 1 ${held}`,
  );
  if (stage === undefined) throw invalidField('/pipelineId', 'pipeline_not_found', 'There is no such pipeline.');
  return stage;
}

/** A stage by its key. Throws `stage_not_found`. */
export async function stageByKey(ctx: Context, pipelineId: string | undefined, key: string): Promise<Stage> {
  const stage = await rowOf<Stage>(
    ctx,
    SQL`select ${stageColumns} from stages join pipelines on pipelines.id = stages.pipeline_id where ${ofPipeline(pipelineId)} and key = ${key} ${held}`,
  );
  if (stage === undefined) throw noSuchStage(key);
  return stage;
}

/** A stage by its id. */
export async function stageById(ctx: Context, id: string): Promise<Stage> {
  const stage = await rowOf<Stage>(
    ctx,
    SQL`select ${stageColumns} from stages join pipelines on pipelines.id = stages.pipeline_id where stages.id = ${id}`,
  );
  if (stage === undefined) throw noSuchStage(id);
  return stage;
}

/** The pipeline's stage of a kind: where `close` moves a deal. The one of this key when there is one, else the first. Throws `stage_not_found`. */
export async function stageOfKind(
  ctx: Context,
  pipelineId: string,
  { kind, key = '' }: { kind: string; key?: string },
): Promise<Stage> {
  const stage = await rowOf<Stage>(
    ctx,
    SQL`select ${stageColumns} from stages join pipelines on pipelines.id = stages.pipeline_id where ${ofPipeline(pipelineId)} and kind = ${kind}
        order by key = ${key} desc, position limit 1 ${held}`,
  );
  if (stage === undefined) throw noSuchStage(kind);
  return stage;
}

/** The board position behind all deals of a stage. */
export async function endOfStage(ctx: Context, stageId: string): Promise<number> {
  const row = await rowOf<{ position: number }>(
    ctx,
    SQL`select coalesce(max(position), 0) + 1024 as position from deals
        where pipeline_id = (select pipeline_id from stages where id = ${stageId}) and stage_id = ${stageId} and deleted_at is null`,
  );
  return row?.position ?? 1_024;
}

/** Where a deal is to stand: in this stage, right behind another deal, or in front of all when `afterId` is null. */
interface Place {
  stageId: string;
  afterId: string | null;
}

/**
 * The board position of a place. Neighbours between which no number is left are spread out first, all of their stage. Throws
 * `reference_not_found` for a deal to stand behind that the caller does not see, `deal_not_in_stage` for one that stands elsewhere.
 */
export async function placeInStage(ctx: Context, dealId: string, { stageId, afterId }: Place): Promise<number> {
  const below = afterId === null ? null : await positionOf(ctx, afterId, stageId);
  const row = await rowOf<{ above: number | null }>(
    ctx,
    SQL`select min(position) as above from deals where pipeline_id = (select pipeline_id from stages where id = ${stageId}) and stage_id = ${stageId}
          and deleted_at is null and id <> ${dealId} and position > ${below ?? '-Infinity'}::float8`,
  );
  const above = row?.above ?? null;
  if (above === null) return (below ?? 0) + 1_024;
  if (below === null) return above - 1_024;
  const between = (below + above) / 2;
  if (between > below && between < above) return between;
  await spreadOut(ctx, dealId, stageId);
  return placeInStage(ctx, dealId, { stageId, afterId });
}

async function positionOf(ctx: Context, dealId: string, stageId: string): Promise<number> {
  const row = await rowOf<{ position: number; stageId: string }>(
    ctx,
    SQL`select position, stage_id as "stageId" from deals where id = ${dealId} and deleted_at is null and ${visible(ctx, 'deal', 'deals')}`,
  );
  if (row === undefined) throw referenceNotFound('afterDealId');
  if (row.stageId === stageId) return row.position;
  throw invalidField('/afterDealId', 'deal_not_in_stage', 'The deal to stand behind is not in this stage; read the board again.');
}

const spreadOut = (ctx: Context, exceptId: string, stageId: string) =>
  rowsOf(
    ctx,
    SQL`update deals set position = place.n * 1024
        from (select id, row_number() over (order by position, id) as n from deals
              where stage_id = ${stageId} and deleted_at is null and id <> ${exceptId}) as place
        where deals.id = place.id`,
  );

/** Writes that a deal left the stage it was in and entered another. */
export async function enterStageHistory(ctx: Context, dealId: string, stageId: string): Promise<void> {
  await rowsOf(ctx, SQL`update deal_stage_history set left_at = ${ctx.now} where deal_id = ${dealId} and left_at is null`);
  await rowsOf(
    ctx,
    SQL`insert into deal_stage_history (id, deal_id, stage_id, entered_at, moved_by) values (${newId()}, ${dealId}, ${stageId}, ${ctx.now}, ${ctx.actor.userId})`,
  );
}
