import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { type Known, mentionsInJson } from './mentions.rules.ts';

/** A running erasure, as its steps need it. `cursor` is where the step has come to; null at its beginning. */
export interface Erasing {
  id: string;
  known: Known;
  cursor: string | null;
}

/** What a step did in one transaction; with a cursor there is more to do. */
export interface Chunk {
  counts: Record<string, number>;
  cursor: string | null;
  /** Hashes of contents that files have let go of. */
  contents?: string[];
}

/** A step goes through what it is about in chunks; a chunk done twice is as if done once. */
export type Step = (ctx: Context, erasing: Erasing) => Promise<Chunk>;

/**
 * Takes what changes held out of the log, and out of what receivers of webhooks answered to it; that they happened, when, of which field
 * and by whom stays.
 */
export async function forgetEvents(ctx: Context, recordIds: readonly string[]): Promise<number> {
  if (recordIds.length === 0) return 0;
  const events = await rowsOf<{ id: string }>(
    ctx,
    SQL`update events set data = erased_event(data) where record_id = any(${recordIds}::uuid[])
          and data ?| array['changes', 'title', 'name', 'externalId'] and data <> erased_event(data) returning id`,
  );
  await forgetAttempts(
    ctx,
    events.map(({ id }) => id),
  );
  return events.length;
}

/** Takes mentions of a person out of the changes of records that stay. */
export async function mendEvents(ctx: Context, known: Known, recordIds: readonly string[]): Promise<void> {
  if (recordIds.length === 0) return;
  const json = mentionsInJson(known);
  await rowsOf(
    ctx,
    SQL`update events set data = erased_json(data, ${json}) where record_id = any(${recordIds}::uuid[]) and data::text ~* ${json}`,
  );
}

/** Receivers of webhooks may have answered with what they were sent. */
export async function forgetAttempts(ctx: Context, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await rowsOf(
    ctx,
    SQL`update webhook_attempts set response = null, error = null where delivery_id in (
          select d.id from webhook_endpoints e join webhook_deliveries d on d.endpoint_id = e.id and d.event_id = any(${eventIds}::uuid[]))`,
  );
  await rowsOf(
    ctx,
    SQL`update webhook_deliveries set last_error = null where endpoint_id in (select id from webhook_endpoints)
          and event_id = any(${eventIds}::uuid[])`,
  );
}

/** What was told of these records, and what went wrong with them, in words. */
export async function forgetNotices(ctx: Context, recordIds: readonly string[]): Promise<void> {
  if (recordIds.length === 0) return;
  await rowsOf(ctx, SQL`delete from notifications where record_id = any(${recordIds}::uuid[])`);
  await rowsOf(ctx, SQL`update dead_letters set error = null where key = any(${recordIds}::uuid[])`);
  await rowsOf(ctx, SQL`update runs set error = null where record_id = any(${recordIds}::uuid[]) and error is not null`);
  await rowsOf(
    ctx,
    SQL`update bulk_edit_rows set changes = null, message = null where bulk_edit_id in (select id from bulk_edits)
          and record_id = any(${recordIds}::uuid[])`,
  );
}
