import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, pageOf } from '../wire.ts';
import {
  ByStage,
  CreatePipeline,
  CreateStage,
  MoveDealsToPipeline,
  MoveDealsToStage,
  PipelineOut,
  PipelineSummaryOut,
  StageStayOut,
  UpdatePipeline,
  UpdateStage,
} from './pipeline.schema.ts';
import { addStage, deleteStage, holdPipelines, updateStage } from './pipeline-stages.ts';
import {
  createPipeline,
  deletePipeline,
  getPipeline,
  listPipelines,
  pipelineSummary,
  stageHistory,
  updatePipeline,
} from './pipelines.ts';

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

  app.post(
    '/pipelines',
    {
      schema: { tags, summary: 'Make a pipeline with its stages', body: CreatePipeline, response: { 201: PipelineOut } },
      config: can('pipeline', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getPipeline(ctx, await createPipeline(ctx, req.body))));
    },
  );

  app.delete(
    '/pipelines/:id',
    {
      schema: {
        tags,
        summary: 'Delete a pipeline; its deals go to another',
        params: ById,
        querystring: MoveDealsToPipeline,
        response: { 204: z.null() },
      },
      config: can('pipeline', 'delete'),
    },
    async (req, reply) => {
      const revision = { id: req.params.id, version: versionOf(req) };
      await req.transact((ctx) => deletePipeline(ctx, revision, req.query.moveDealsTo));
      return reply.code(204).send();
    },
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
  stageRoutes(app);
}

function stageRoutes(app: App): void {
  const changed = (req: FastifyRequest, id: string, work: (ctx: Context) => Promise<void>) =>
    req.transact(async (ctx) => {
      await holdPipelines(ctx);
      await getPipeline(ctx, id);
      await work(ctx);
      return json(await getPipeline(ctx, id));
    });

  app.post(
    '/pipelines/:id/stages',
    {
      schema: { tags, summary: 'Add a stage', params: ById, body: CreateStage, response: { 201: PipelineOut } },
      config: can('pipeline', 'edit'),
    },
    (req, reply) => {
      reply.code(201);
      return changed(req, req.params.id, (ctx) => addStage(ctx, req.params.id, req.body));
    },
  );

  app.patch(
    '/pipelines/:id/stages/:stage',
    {
      schema: { tags, summary: 'Edit a stage, or its place', params: ByStage, body: UpdateStage, response: { 200: PipelineOut } },
      config: can('pipeline', 'edit'),
    },
    (req) => changed(req, req.params.id, (ctx) => updateStage(ctx, req.params, req.body)),
  );

  app.delete(
    '/pipelines/:id/stages/:stage',
    {
      schema: {
        tags,
        summary: 'Delete a stage; its deals go to another of its kind',
        params: ByStage,
        querystring: MoveDealsToStage,
        response: { 200: PipelineOut },
      },
      config: can('pipeline', 'edit'),
    },
    (req) => changed(req, req.params.id, (ctx) => deleteStage(ctx, req.params, req.query.moveDealsTo)),
  );
}
