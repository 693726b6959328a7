import { type Context, newId, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, notFound } from '../errors.ts';
import { requireShown, visible } from '../identity/permissions.ts';
import { creation, edit, type Revision, requireVersion, type Versioned } from '../records.ts';
import { jsonOf } from '../wire.ts';
import { getDeal } from './deals.ts';
import type { CreatePipelineInput, UpdatePipelineInput } from './pipeline.schema.ts';
import { addStage, deleteStages, holdPipelines, keepKinds } from './pipeline-stages.ts';

const pipelineJson = SQL.raw(
  jsonOf({
    id: ['pipelines.id', 'plain'],
    name: ['pipelines.name', 'plain'],
    isDefault: ['pipelines.is_default', 'plain'],
    stages: [
      `(select json_agg(json_build_object('key', key, 'name', name, 'kind', kind, 'probability', probability, 'rotDays', rot_days)
        order by position) from stages where pipeline_id = pipelines.id and deleted_at is null)`,
      'plain',
    ],
    wonReasons: ['pipelines.won_reasons', 'plain'],
    lostReasons: ['pipelines.lost_reasons', 'plain'],
    wonReasonRequired: ['pipelines.won_reason_required', 'plain'],
    lostReasonRequired: ['pipelines.lost_reason_required', 'plain'],
    version: ['pipelines.version', 'plain'],
  }),
);

/** JSON of all pipelines with their stages in order, the default one first. */
export async function listPipelines(ctx: Context): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${pipelineJson} order by is_default desc, name), '[]'), 'nextCursor', null)::text as json
        from pipelines where deleted_at is null and ${visible(ctx, 'pipeline', 'pipelines')}`,
  );
  return row?.json ?? '';
}

/** JSON of a pipeline. Throws `pipeline_not_found`. */
export async function getPipeline(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select ${pipelineJson}::text as json from pipelines where id = ${id} and deleted_at is null and ${visible(ctx, 'pipeline', 'pipelines')}`,
  );
  if (row === undefined) throw notFound('pipeline');
  return row.json;
}

/** Makes a pipeline with its stages, and returns its id. Throws `pipeline_name_taken`, `stage_key_taken`, `stage_missing`. */
export async function createPipeline(ctx: Context, { name, stages }: CreatePipelineInput): Promise<string> {
  await holdPipelines(ctx);
  const id = newId();
  await rowOf(
    ctx,
    SQL`insert into pipelines (id, name, is_default, created_at, updated_at) values (${id}, ${name}, false, ${ctx.now}, ${ctx.now})`,
  );
  for (const stage of stages) await addStage(ctx, id, stage);
  await keepKinds(ctx, id);
  emit(ctx, 'pipeline.created', { pipelineId: id, changes: creation({ name }) });
  return id;
}

/**
 * Deletes a pipeline; its deals go to another. Throws `pipeline_not_found`, `pipeline_is_default`, and `stage_holds_deals` when it is not said
 * where they go.
 */
export async function deletePipeline(ctx: Context, { id, version }: Revision, moveDealsTo: string | undefined): Promise<void> {
  await holdPipelines(ctx);
  const pipeline = await rowOf<Versioned & { isDefault: boolean }>(
    ctx,
    SQL`select is_default as "isDefault", version, updated_at as "updatedAt" from pipelines where id = ${id} and deleted_at is null for update`,
  );
  if (pipeline === undefined) throw notFound('pipeline');
  requireVersion(pipeline, version);
  if (pipeline.isDefault) throw conflict('pipeline_is_default', 'Make another pipeline the default one first.');
  await deleteStages(ctx, id, moveDealsTo === id ? undefined : moveDealsTo);
  await rowOf(ctx, SQL`update pipelines set deleted_at = ${ctx.now} where id = ${id}`);
  emit(ctx, 'pipeline.deleted', { pipelineId: id });
}

/** Edits a pipeline: its name, whether it is the default one, and the reasons its deals close with. Throws `pipeline_not_found`, `pipeline_name_taken`, `version_mismatch`. */
export async function updatePipeline(ctx: Context, { id, version }: Revision, patch: UpdatePipelineInput): Promise<void> {
  await holdPipelines(ctx);
  const pipeline = await rowOf<Required<Omit<UpdatePipelineInput, 'isDefault'>> & Versioned & { isDefault: boolean }>(
    ctx,
    SQL`select name, won_reasons as "wonReasons", lost_reasons as "lostReasons", won_reason_required as "wonReasonRequired",
          lost_reason_required as "lostReasonRequired", is_default as "isDefault", version, updated_at as "updatedAt" from pipelines where id = ${id} and deleted_at is null for update`,
  );
  if (pipeline === undefined) throw notFound('pipeline');
  requireVersion(pipeline, version);
  const changes = edit(pipeline, patch as Partial<typeof pipeline>, ctx.now);
  if (Object.keys(changes).length === 0) return;
  if (changes.isDefault) await rowOf(ctx, SQL`update pipelines set is_default = false where is_default`);
  await rowOf(
    ctx,
    SQL`update pipelines set name = ${pipeline.name}, is_default = ${pipeline.isDefault}, won_reasons = ${pipeline.wonReasons}, lost_reasons = ${pipeline.lostReasons},
          won_reason_required = ${pipeline.wonReasonRequired}, lost_reason_required = ${pipeline.lostReasonRequired},
          version = ${pipeline.version}, updated_at = ${pipeline.updatedAt} where id = ${id}`,
  );
  emit(ctx, 'pipeline.updated', { pipelineId: id, changes });
}

const sums = `sum(count)::int as count, coalesce(sum(amount), 0)::numeric(20, 2)::text as amount,
  coalesce(sum(amount * added.probability / 100), 0)::numeric(20, 2)::text as weighted`;

/**
 * JSON of what stands in a pipeline, as far as the caller may see its deals, in one statement: the deals are added up once, from the index,
 * by all that either list goes by. Days become months, and stages open or closed, only of the sums: of each deal it took a third of the time. Throws `pipeline_not_found`.
 */
export async function pipelineSummary(ctx: Context, id: string): Promise<string> {
  await getPipeline(ctx, id);
  requireShown(ctx, 'deal', 'amount');
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`with added as materialized (
          select stage_id, currency, probability, expected_close_date as day, count(*) as count, sum(amount) as amount
          from deals where pipeline_id = ${id} and deleted_at is null and ${visible(ctx, 'deal', 'deals')}
          group by 1, 2, 3, 4
        ), per_stage as (
          select json_agg(json_build_object('stage', key, 'currency', currency, 'count', count, 'amount', amount, 'weighted', weighted)
            order by place, currency) as data
          from (select stages.key, stages.position as place, currency, ${SQL.raw(sums)}
            from added join stages on stages.id = added.stage_id group by 1, 2, 3) s
        ), per_month as (
          select json_agg(m order by month nulls last, currency) as data
          from (select to_char(day, 'YYYY-MM') as month, currency, ${SQL.raw(sums)} from added join stages on stages.id = added.stage_id
            where kind = 'open' group by 1, currency) m
        )
        select json_build_object('stages', coalesce(per_stage.data, '[]'), 'forecast', coalesce(per_month.data, '[]'))::text as json
        from per_stage, per_month`,
  );
  return row?.json ?? '';
}

const stayJson = SQL.raw(
  jsonOf({
    pipelineId: ['stages.pipeline_id', 'plain'],
    stage: ['stages.key', 'plain'],
    stageName: ['stages.name', 'plain'],
    enteredAt: ['stays.entered_at', 'instant'],
    leftAt: ['stays.left_at', 'instant'],
    movedBy: ['stays.moved_by', 'plain'],
  }),
);

/** JSON of the stages a deal has been in, first to last. Throws `deal_not_found`. */
export async function stageHistory(ctx: Context, dealId: string): Promise<string> {
  await getDeal(ctx, dealId);
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('data', coalesce(json_agg(${stayJson} order by stays.entered_at, stays.id), '[]'), 'nextCursor', null)::text as json
        from deal_stage_history stays join stages on stages.id = stays.stage_id where stays.deal_id = ${dealId}`,
  );
  return row?.json ?? '';
}
