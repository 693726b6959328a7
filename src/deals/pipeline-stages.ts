import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import { creation } from '../records.ts';
import type { CreateStageInput, UpdateStageInput } from './pipeline.schema.ts';

interface StageRow {
  id: string;
  pipelineId: string;
  key: string;
  name: string;
  kind: 'open' | 'won' | 'lost';
  probability: number;
  rotDays: number | null;
}

const columns = SQL.raw('id, pipeline_id as "pipelineId", key, name, kind, probability, rot_days as "rotDays"');

/** Which stage: its key is unique within its pipeline. */
export interface StageOf {
  id: string;
  stage: string;
}

/** Changes of pipelines and their stages wait for each other, so that what is checked stays true. */
export const holdPipelines = (ctx: Context) => rowsOf(ctx, SQL`select pg_advisory_xact_lock(hashtextextended('pipelines', 0))`);

/** Adds a stage behind the others. Throws `stage_key_taken`, 400 for a closed stage that is not certain. */
export async function addStage(ctx: Context, pipelineId: string, input: CreateStageInput): Promise<void> {
  const { name, kind, rotDays = null } = input;
  const probability = certain(kind, input.probability);
  await rowsOf(
    ctx,
    SQL`insert into stages (id, pipeline_id, key, name, kind, probability, position, rot_days, created_at, updated_at)
        select ${newId()}, ${pipelineId}, ${input.key}, ${name}, ${kind}, ${probability}::int,
          coalesce((select max(position) from stages where pipeline_id = ${pipelineId}), 0) + 1, ${rotDays}::int, ${ctx.now}, ${ctx.now}`,
  );
  emit(ctx, 'stage.created', { pipelineId, stage: input.key, changes: creation({ name, kind, probability, rotDays }) });
}

/** What is won is certain, and what is lost has no chance: a constraint of the deals sees to it. */
function certain(kind: StageRow['kind'], wanted: number | undefined): number {
  if (kind === 'open') return wanted ?? 50;
  const only = kind === 'won' ? 100 : 0;
  if (wanted !== undefined && wanted !== only)
    throw invalidField('/probability', 'probability_of_closed_stage', `A ${kind} stage has the probability ${only}.`);
  return only;
}

/**
 * Edits a stage: its deals follow its probability, save where it was fixed by hand. Throws `stage_not_found`, and `stage_holds_deals` for
 * another kind of a stage with deals.
 */
export async function updateStage(ctx: Context, of: StageOf, { after, ...patch }: UpdateStageInput): Promise<void> {
  const stage = await stageRow(ctx, of);
  const { name = stage.name, kind = stage.kind, rotDays = stage.rotDays } = patch;
  const probability = certain(kind, patch.probability ?? (kind === stage.kind ? stage.probability : undefined));
  const next = { name, kind, probability, rotDays };
  const changed = Object.entries(next).filter(([field, to]) => to !== stage[field as keyof typeof next]);
  if (kind !== stage.kind) await refuseWithDeals(ctx, stage, '/kind');
  await rowsOf(
    ctx,
    SQL`update stages set name = ${name}, kind = ${kind}, probability = ${probability}, rot_days = ${rotDays}, version = version + 1,
          updated_at = ${ctx.now} where id = ${stage.id}`,
  );
  if (probability !== stage.probability) {
    await rowsOf(
      ctx,
      SQL`update deals set probability = ${probability} where stage_id = ${stage.id} and status = 'open' and not probability_fixed`,
    );
  }
  if (after !== undefined) await placeBehind(ctx, stage, after);
  await keepKinds(ctx, of.id);
  const changes = Object.fromEntries(changed.map(([field, to]) => [field, { from: stage[field as keyof typeof next], to }]));
  if (changed.length > 0 || after !== undefined) emit(ctx, 'stage.updated', { pipelineId: of.id, stage: stage.key, changes });
}

/** Deletes a stage; its deals go to another of its kind, and their history keeps it. Throws `stage_not_found`, `stage_holds_deals`, `stage_missing` for a kind's last one. */
export async function deleteStage(ctx: Context, of: StageOf, moveDealsTo: string | undefined): Promise<void> {
  const stage = await stageRow(ctx, of);
  await moveDealsAway(ctx, stage, { pipelineId: of.id, key: moveDealsTo });
  await rowsOf(ctx, SQL`update stages set deleted_at = ${ctx.now} where id = ${stage.id}`);
  await keepKinds(ctx, of.id);
  emit(ctx, 'stage.deleted', { pipelineId: of.id, stage: stage.key });
}

/** Deletes all stages of a pipeline; deals go to the stage of the same key of another pipeline, else to its first of their kind. */
export async function deleteStages(ctx: Context, pipelineId: string, moveDealsTo: string | undefined): Promise<void> {
  const stages = await rowsOf<StageRow>(
    ctx,
    SQL`select ${columns} from stages where pipeline_id = ${pipelineId} and deleted_at is null order by position`,
  );
  for (const stage of stages) {
    await moveDealsAway(ctx, stage, {
      pipelineId: moveDealsTo ?? pipelineId,
      key: moveDealsTo === undefined ? undefined : stage.key,
    });
    await rowsOf(ctx, SQL`update stages set deleted_at = ${ctx.now} where id = ${stage.id}`);
  }
}

async function stageRow(ctx: Context, { id, stage }: StageOf): Promise<StageRow> {
  const row = await rowOf<StageRow>(
    ctx,
    SQL`select ${columns} from stages where pipeline_id = ${id} and key = ${stage} and deleted_at is null for update`,
  );
  if (row === undefined) throw notFound('stage');
  return row;
}

async function placeBehind(ctx: Context, stage: StageRow, after: string | null): Promise<void> {
  const order = await rowsOf<{ id: string; key: string }>(
    ctx,
    SQL`select id, key from stages where pipeline_id = ${stage.pipelineId} and id <> ${stage.id} and deleted_at is null order by position`,
  );
  const at = after === null ? 0 : order.findIndex(({ key }) => key === after) + 1;
  if (after !== null && at === 0) throw invalidField('/after', 'stage_not_found', `The pipeline has no other stage ${after}.`);
  const ids = order.map(({ id }) => id).toSpliced(at, 0, stage.id);
  await rowsOf(
    ctx,
    SQL`update stages set position = place.n from unnest(${ids}::uuid[]) with ordinality as place (id, n) where stages.id = place.id`,
  );
}

/** A pipeline keeps a stage of each kind: deals begin, are won and are lost somewhere. */
export async function keepKinds(ctx: Context, pipelineId: string): Promise<void> {
  const rows = await rowsOf<{ kind: string }>(
    ctx,
    SQL`select distinct kind from stages where pipeline_id = ${pipelineId} and deleted_at is null`,
  );
  const missing = ['open', 'won', 'lost'].find((kind) => !rows.some((row) => row.kind === kind));
  if (missing !== undefined) throw conflict('stage_missing', `A pipeline keeps at least one stage of kind ${missing}.`);
}

async function refuseWithDeals(ctx: Context, stage: StageRow, pointer: string): Promise<void> {
  const row = await rowOf<{ n: number }>(ctx, SQL`select count(*)::int as n from deals where stage_id = ${stage.id}`);
  const deals = row?.n ?? 0;
  if (deals === 0) return;
  const message = `The stage ${stage.key} holds ${deals} deals, deleted ones too; say where they go with moveDealsTo.`;
  throw conflict('stage_holds_deals', message, { errors: [{ pointer, code: 'stage_holds_deals', message }], deals });
}

interface Moved {
  id: string;
  contactId: string | null;
  companyId: string | null;
  deleted: boolean;
}

/** Moves all deals of a stage, the deleted ones too, with an event each: nothing about them changes but where they stand. */
async function moveDealsAway(ctx: Context, from: StageRow, to: { pipelineId: string; key: string | undefined }): Promise<void> {
  if (to.key === undefined) return refuseWithDeals(ctx, from, 'query/moveDealsTo');
  const target = await rowOf<StageRow>(
    ctx,
    SQL`select ${columns} from stages where pipeline_id = ${to.pipelineId} and kind = ${from.kind} and id <> ${from.id} and deleted_at is null
          and (key = ${to.key} or pipeline_id <> ${from.pipelineId}) order by key = ${to.key} desc, position limit 1`,
  );
  if (target === undefined) {
    throw invalidField(
      'query/moveDealsTo',
      'stage_not_found',
      `There is no other stage of kind ${from.kind} there for its deals.`,
    );
  }
  const moved = await rowsOf<Moved>(
    ctx,
    SQL`update deals set stage_id = ${target.id}, pipeline_id = ${target.pipelineId}, stage_entered_at = ${ctx.now}, version = version + 1,
          updated_at = ${ctx.now}, probability = case when probability_fixed and status = 'open' then probability else ${target.probability}::int end
        where stage_id = ${from.id} returning id, contact_id as "contactId", company_id as "companyId", deleted_at is not null as deleted`,
  );
  await rowsOf(
    ctx,
    SQL`with left_now as (
          update deal_stage_history set left_at = ${ctx.now} where stage_id = ${from.id} and left_at is null returning deal_id
        )
        insert into deal_stage_history (id, deal_id, stage_id, entered_at, moved_by)
        select gen_random_uuid(), deal_id, ${target.id}, ${ctx.now}, ${ctx.actor.userId}::uuid from left_now`,
  );
  const facts = { from: from.key, to: target.key, names: { from: from.name, to: target.name } };
  for (const { id, contactId, companyId, deleted } of moved) {
    if (!deleted) emit(ctx, 'deal.stage_changed', { dealId: id, contactId, companyId, ...facts });
  }
}
