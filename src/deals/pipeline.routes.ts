import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import { PipelineOut, PipelineSummaryOut, StageStayOut, UpdatePipeline } from './pipeline.schema.ts';
import { getPipeline, listPipelines, pipelineSummary, stageHistory, updatePipeline } from './pipelines.ts';

const tags = ['deals'];

/** Pipelines: read, edit, their numbers; and the way of a deal through its stages. */
export function pipelineRoutes(app: App): void {
  app.get(
    '/pipelines',
    {
      schema: { tags, summary: 'List pipelines with their stages', response: { 200: pageOf(PipelineOut) } },
      config: can('pipeline', 'read'),
    },
    (req) => req.read(async (ctx) => json(await listPipelines(ctx))),
  );

  app.get(
    '/pipelines/:id',
    {
      schema: { tags, summary: 'Get a pipeline', params: ById, response: { 200: PipelineOut } },
      config: can('pipeline', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getPipeline(ctx, req.params.id))),
  );

  app.patch(
    '/pipelines/:id',
    {
      schema: {
        tags,
        summary: 'Edit a pipeline: its name, and the reasons for won and lost deals',
        params: ById,
        body: UpdatePipeline,
        response: { 200: PipelineOut },
      },
      config: can('pipeline', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updatePipeline(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getPipeline(ctx, req.params.id));
      }),
  );

  app.get(
    '/pipelines/:id/summary',
    {
      schema: {
        tags,
        summary: 'Number, sum and weighted sum of deals per stage and per month of expected close, by currency',
        params: ById,
        response: { 200: PipelineSummaryOut },
      },
      config: can('deal', 'read'),
    },
    (req) => req.read(async (ctx) => json(await pipelineSummary(ctx, req.params.id))),
  );

  app.get(
    '/deals/:id/stage-history',
    {
      schema: {
        tags,
        summary: 'The stages a deal has been in: entered, left, by whom',
        params: ById,
        response: { 200: pageOf(StageStayOut) },
      },
      config: can('deal', 'read'),
    },
    (req) => req.read(async (ctx) => json(await stageHistory(ctx, req.params.id))),
  );
}
