import { z } from 'zod';
import { type Context, rowOf, rowsOf } from './context.ts';
import { SQL } from './database.ts';
import { redrive } from './dead-letters.ts';
import { notFound } from './errors.ts';
import type { App } from './http.ts';
import { can } from './identity/permissions.ts';
import { Id, Limit, label } from './wire.ts';

const tags = ['operations'];
const ByName = z.strictObject({ name: label(100) });

const ConsumerOut = z
  .object({
    name: z.string(),
    position: z.int(),
    behind: z.int(),
    parked: z.int(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Consumer' });

const DeadLetterOut = z
  .object({
    recordId: z.string(),
    position: z.int(),
    type: z.string(),
    attempts: z.int(),
    nextAttemptAt: z.string().nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'DeadLetter' });

const instant = (column: string) => SQL.raw(`to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** What hangs on the log: how far each consumer is, what it could not handle, and how to have that tried again. */
export function consumerRoutes(app: App): void {
  app.get(
    '/consumers',
    {
      schema: {
        tags,
        summary: 'How far each consumer of the log is',
        response: { 200: z.object({ data: z.array(ConsumerOut) }) },
      },
      config: can('system', 'read'),
    },
    (req) =>
      req.read(async (ctx) => ({
        data: await rowsOf(
          ctx,
          SQL`select name, position::float8 as position, ((select position from log_head) - position)::float8 as behind,
                (select count(*) from dead_letters where consumer = name)::int as parked, ${instant('updated_at')} as "updatedAt"
              from consumers order by name`,
        ),
      })),
  );

  app.get(
    '/consumers/:name/dead-letters',
    {
      schema: {
        tags,
        summary: 'Events that a consumer could not handle, oldest first',
        params: ByName,
        querystring: z.strictObject({ limit: Limit }),
        response: { 200: z.object({ data: z.array(DeadLetterOut) }) },
      },
      config: can('system', 'read'),
    },
    (req) =>
      req.read(async (ctx) => {
        await requireConsumer(ctx, req.params.name);
        const data = await rowsOf(
          ctx,
          SQL`select d.key as "recordId", d.position::float8 as position, e.type, d.attempts, ${instant('d.next_attempt_at')} as "nextAttemptAt", d.error
              from dead_letters d join events e on e.position = d.position where d.consumer = ${req.params.name}
              order by d.position limit ${req.query.limit}`,
        );
        return { data };
      }),
  );

  app.post(
    '/consumers/:name/redrive',
    {
      schema: {
        tags,
        summary: 'Try parked events again now: all of a consumer, or those of one record',
        params: ByName,
        body: z.strictObject({ recordId: Id.nullish() }),
        response: { 200: z.object({ due: z.int() }) },
      },
      config: can('system', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await requireConsumer(ctx, req.params.name);
        return { due: await redrive(ctx, req.params.name, req.body.recordId ?? null) };
      }),
  );
}

async function requireConsumer(ctx: Context, name: string): Promise<void> {
  if ((await rowOf(ctx, SQL`select 1 from consumers where name = ${name}`)) === undefined) throw notFound('consumer');
}
