import { z } from 'zod';
import { Match } from '../match.schema.ts';
import { Id, ProblemOut } from '../wire.ts';

const version = z.int().min(1).optional();
const restore = z.boolean().optional().meta({ description: 'Bring the record of the external id back if it is deleted' });
const id = z.union([Id, z.strictObject({ match: Match })], {
  error: 'must be the id of a record, or { "match": ... } with what it is told by',
});
/** The fields of a record; each operation is checked on its own, as if it were sent alone. */
const data = z
  .record(z.string().max(200), z.unknown())
  .meta({ description: 'The fields, as for one record; checked for each operation on its own' });

const Operation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('create'), data }),
  z.strictObject({ op: z.literal('update'), id, version, data }),
  z.strictObject({ op: z.literal('delete'), id, version }),
  z.strictObject({ op: z.literal('upsert'), match: Match, version, data, restore }),
]);
export type OperationInput = z.output<typeof Operation>;

/** Up to 200 operations on records of one kind, done in their order: each on its own, or with `atomic` all or none. */
export const Batch = z.strictObject({
  operations: z.array(Operation).min(1).max(200),
  atomic: z.boolean().default(false),
});
export type BatchInput = z.output<typeof Batch>;

/** What became of each operation, in their order: the record as the batch leaves it, or why it was refused. */
export const batchOut = <Out extends z.ZodType>(record: Out) =>
  z.object({
    results: z.array(
      z.object({ status: z.int(), id: z.string().optional(), record: record.optional(), problem: ProblemOut.optional() }),
    ),
  });
