import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { searchRecords } from '../lists.ts';
import { versionOf } from '../records.ts';
import { RunOut } from '../runs.schema.ts';
import { runJson } from '../runs.ts';
import { ById, chosenOf, listOut, RecordQuery, SearchBody } from '../wire.ts';
import { listTasks, nextSteps, taskCounts } from './agenda.ts';
import { taskObject } from './task.object.ts';
import { CreateTask, NextStepsOut, TaskCountsOut, TaskListQuery, TaskOut, UpdateTask } from './task.schema.ts';
import { createTask, deleteTask, getTask, updateTask } from './tasks.ts';

const tags = ['tasks'];

/** Tasks: create, read, edit, delete, list. */
export function taskRoutes(app: App): void {
  app.get(
    '/tasks',
    {
      schema: { tags, summary: 'List tasks', querystring: TaskListQuery, response: { 200: listOut(TaskOut) } },
      config: can('task', 'read'),
    },
    (req) => req.read((ctx) => listTasks(ctx, req.query)),
  );

  app.post(
    '/tasks/search',
    {
      schema: { tags, summary: 'Search tasks by a tree of filters', body: SearchBody, response: { 200: listOut(TaskOut) } },
      config: can('task', 'read'),
    },
    (req) => req.read((ctx) => searchRecords(ctx, taskObject, req.body)),
  );

  app.post(
    '/tasks',
    {
      schema: { tags, summary: 'Make a task', body: CreateTask, response: { 201: chosenOf(TaskOut) } },
      config: can('task', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getTask(ctx, (await createTask(ctx, req.body)).id)));
    },
  );

  app.get(
    '/tasks/counts',
    {
      schema: { tags, summary: 'How many open tasks the caller has: late, due today, all', response: { 200: TaskCountsOut } },
      config: can('task', 'read'),
    },
    (req) => req.read(async (ctx) => json(await taskCounts(ctx))),
  );

  app.get(
    '/tasks/:id',
    {
      schema: { tags, summary: 'Get a task', params: ById, querystring: RecordQuery, response: { 200: chosenOf(TaskOut) } },
      config: can('task', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getTask(ctx, req.params.id, req.query))),
  );

  app.patch(
    '/tasks/:id',
    {
      schema: { tags, summary: 'Edit a task', params: ById, body: UpdateTask, response: { 200: chosenOf(TaskOut) } },
      config: can('task', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateTask(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getTask(ctx, req.params.id));
      }),
  );

  app.delete(
    '/tasks/:id',
    { schema: { tags, summary: 'Delete a task', params: ById, response: { 204: z.null() } }, config: can('task', 'delete') },
    async (req, reply) => {
      await req.transact((ctx) => deleteTask(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );

  app.get(
    '/tasks/:id/next-steps',
    {
      schema: {
        tags,
        summary: 'What a task that is done leaves open: whether its deal or contact needs a next step',
        params: ById,
        response: { 200: NextStepsOut },
      },
      config: can('task', 'read'),
    },
    (req) => req.read(async (ctx) => json(await nextSteps(ctx, req.params.id))),
  );

  app.get(
    '/tasks/:id/workflow',
    {
      schema: { tags, summary: 'What the workflow of a task awaits', params: ById, response: { 200: RunOut } },
      config: can('task', 'read'),
    },
    (req) =>
      req.read(async (ctx) => {
        await getTask(ctx, req.params.id);
        return json(await runJson(ctx, 'task', req.params.id));
      }),
  );
}
