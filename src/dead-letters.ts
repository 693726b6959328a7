import { type Context, rowsOf, sql } from './context.ts';
import { SQL } from './database.ts';
import { type LogEvent, readPositions } from './log.ts';
import { prepared } from './plans.ts';

/** Events that a consumer could not handle, parked by the record they are about so that others go on. */

const dueAtMost = 50;

const parked = prepared<{ key: string }>('dead_keys', 'select distinct key from dead_letters where consumer = $1');

const due = prepared<{ position: number }>(
  'dead_due',
  `select position::float8 as position from dead_letters d
   where consumer = $1 and next_attempt_at <= now()
     and position = (select min(position) from dead_letters where consumer = d.consumer and key = d.key)
   order by d.position limit ${dueAtMost}`,
);

/** Keys of a consumer with parked events; nothing is asked when the batch is empty. */
export async function parkedKeys(ctx: Context, consumer: string, events: readonly LogEvent[]): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const rows = await parked(await sql(ctx), [consumer]);
  return new Set(rows.map((row) => row.key));
}

/** The first parked event of each key whose time has come. */
export async function dueAgain(ctx: Context, consumer: string): Promise<LogEvent[]> {
  const rows = await due(await sql(ctx), [consumer]);
  return rows.length === 0
    ? []
    : readPositions(
        await sql(ctx),
        rows.map((row) => row.position),
      );
}

interface Parking {
  event: LogEvent;
  error: unknown;
}

/** Parks an event, or notes one more failed attempt; tried again after 10 s, doubling up to an hour. */
export async function park(ctx: Context, consumer: string, { event, error }: Parking): Promise<void> {
  const behind = typeof error === 'string';
  const message = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 2_000) : String(error);
  await rowsOf(
    ctx,
    SQL`insert into dead_letters as d (consumer, key, position, attempts, next_attempt_at, error)
        values (${consumer}, ${event.recordId}, ${event.position}, ${behind ? 0 : 1},
          now() + case when ${behind} then interval '0' else interval '10 seconds' end, ${message})
        on conflict (consumer, key, position) do update set attempts = d.attempts + 1, error = excluded.error,
          next_attempt_at = now() + least(interval '1 hour', interval '10 seconds' * power(2, least(d.attempts, 10)))`,
  );
}

/** Forgets a parked event that was handled. */
export const unpark = (ctx: Context, consumer: string, event: LogEvent) =>
  rowsOf(
    ctx,
    SQL`delete from dead_letters where consumer = ${consumer} and key = ${event.recordId} and position = ${event.position}`,
  );

/** Makes parked events due at once: those of one consumer, or of one record of it. Returns how many. */
export async function redrive(ctx: Context, consumer: string, key: string | null): Promise<number> {
  const rows = await rowsOf(
    ctx,
    SQL`update dead_letters set next_attempt_at = now() where consumer = ${consumer} and (${key}::uuid is null or key = ${key}) returning 1`,
  );
  return rows.length;
}
