import { z } from 'zod';
import { CustomObject } from '../fields/field.schema.ts';
import { Id, PageQuery, refusal } from '../wire.ts';

/** Which records to change, by a filter as of a search or by their ids, and how. `patch` is as for one record; tags can be added and taken off besides. */
export const CreateBulkEdit = z
  .strictObject({
    object: CustomObject,
    filter: z.record(z.string().max(200), z.unknown()).optional(),
    ids: z.array(Id).min(1).max(10_000).optional(),
    patch: z.record(z.string().max(100), z.unknown()).default({}),
    addTagIds: z.array(Id).max(20).default([]),
    removeTagIds: z.array(Id).max(20).default([]),
  })
  .refine(
    ({ filter, ids }) => (filter === undefined) !== (ids === undefined),
    refusal('either_of', 'name either filter or ids', 'filter'),
  )
  .refine(
    ({ patch, addTagIds, removeTagIds }) => Object.keys(patch).length + addTagIds.length + removeTagIds.length > 0,
    refusal('nothing_to_change', 'must change something: say a patch, addTagIds or removeTagIds', 'patch'),
  );
export type CreateBulkEditInput = z.output<typeof CreateBulkEdit>;

/** Query of the list of bulk edits. */
export const ListBulkEdits = PageQuery;

const Outcome = z.enum(['waiting', 'changed', 'unchanged', 'refused', 'undone', 'kept']);

/** Which records of a bulk edit to list. */
export const ListBulkRows = PageQuery.extend({ outcome: Outcome.optional() });

/** How far a bulk edit is. `matched` is null until its records are counted. */
export const BulkEditOut = z
  .object({
    id: z.string(),
    object: CustomObject,
    filter: z.record(z.string(), z.unknown()).nullable(),
    ids: z.array(z.string()).nullable(),
    patch: z.object({
      values: z.record(z.string(), z.unknown()),
      addTagIds: z.array(z.string()),
      removeTagIds: z.array(z.string()),
    }),
    state: z.enum(['waiting', 'running', 'done', 'cancelled', 'failed', 'undoing', 'undone']),
    matched: z.int().nullable(),
    changed: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    undone: z.int(),
    kept: z.int(),
    error: z.string().nullable(),
    createdBy: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'BulkEdit' });

/** What became of one record; `code` and `message` say why it was refused, or what kept an undo from it. */
export const BulkRowOut = z
  .object({
    recordId: z.string(),
    outcome: Outcome,
    code: z.string().nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'BulkEditRow' });
