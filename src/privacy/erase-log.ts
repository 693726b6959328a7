import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { eraseEntries, eraseTasksOf } from './erase-work.ts';
import { mentionsIn, mentionsInJson } from './mentions.rules.ts';
import { type Chunk, type Erasing, forgetAttempts, mendEvents } from './steps.ts';

const eventsAtOnce = 1_000;
const eventsWalkedAtOnce = 5_000;

/** Their own history: that each change happened stays, its values go. */
export async function eraseLog(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const rows = await rowsOf<{ id: string; seq: string }>(
    ctx,
    SQL`with due as (
          select id, seq from events where record_id = any(${known.ids}::uuid[]) and seq > ${cursor ?? '0'}::bigint
          order by seq limit ${eventsAtOnce}
        ), changed as (
          update events set data = erased_event(data) where id in (select id from due)
        )
        select id, seq::text as seq from due order by due.seq`,
  );
  await forgetAttempts(
    ctx,
    rows.map(({ id }) => id),
  );
  return { counts: { changes: rows.length }, cursor: rows.length === eventsAtOnce ? (rows.at(-1)?.seq ?? null) : null };
}

/**
 * Everything else that the log says of them, from its beginning: changes of records that have since been purged, or of others that mention
 * them, and what these records themselves still hold where only the log knows that it is about them.
 */
export async function eraseMentions(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const json = mentionsInJson(known);
  const [walked] = await rowsOf<{ found: number; last: string | null; entries: string[]; tasks: string[] }>(
    ctx,
    SQL`with due as (
          select id, position, type, record_id, data from events where position > ${cursor ?? '0'}::bigint order by position limit ${eventsWalkedAtOnce}
        ), changed as (
          update events set data = erased_json(events.data, ${json}) from due where events.id = due.id and due.data::text ~* ${json}
        )
        select count(*)::int as found, max(position)::text as last,
          coalesce(json_agg(record_id) filter (where type = 'activity.logged' and data->'contactIds' ?| ${known.ids}::text[]), '[]') as entries,
          coalesce(json_agg(record_id) filter (where type = 'task.created' and data->>'contactId' = any(${known.ids}::text[])), '[]') as tasks
        from due`,
  );
  const { found, last, entries, tasks } = walked ?? { found: 0, last: null, entries: [], tasks: [] };
  const entriesDone = await eraseEntries(ctx, known, entries);
  const tasksDone = await eraseTasksOf(ctx, known, tasks);
  const counts = { activities: entriesDone.counts.activities ?? 0, tasks: tasksDone.counts.tasks ?? 0 };
  return {
    counts,
    cursor: found === eventsWalkedAtOnce ? last : null,
    contents: [...entriesDone.contents, ...tasksDone.contents],
  };
}

/** Names of files that were once on the contact, and what stands in saved filters, bulk edits, exports and jobs. */
export async function eraseElsewhere(ctx: Context, { known }: Erasing): Promise<Chunk> {
  const [text, json] = [mentionsIn(known), mentionsInJson(known)];
  await rowsOf(
    ctx,
    SQL`update events set data = erased_event(data) where type = 'file.attached' and data->>'recordId' = any(${known.ids}::text[])`,
  );
  await rowsOf(
    ctx,
    SQL`update events set data = erased_json(data, ${json}) where record_type = 'export' and position is not null and data::text ~* ${json}`,
  );
  const views = await rowsOf<{ id: string }>(
    ctx,
    SQL`update views set name = erased_text(name, ${text}), q = erased_text(q, ${text}), filter = erased_json(filter, ${json})
        where name ~* ${text} or q ~* ${text} or filter::text ~* ${json} returning id`,
  );
  await mendEvents(
    ctx,
    known,
    views.map(({ id }) => id),
  );
  await rowsOf(
    ctx,
    SQL`update bulk_edits set patch = '{"values":{},"addTagIds":[],"removeTagIds":[]}' where object = 'contact' and ids <@ ${known.ids}::uuid[]`,
  );
  await rowsOf(
    ctx,
    SQL`update bulk_edits set filter = erased_json(filter, ${json}), patch = erased_json(patch, ${json}), error = erased_text(error, ${text})
        where filter::text ~* ${json} or patch::text ~* ${json} or error ~* ${text}`,
  );
  await rowsOf(
    ctx,
    SQL`update jobs set error = erased_text(error, ${text}), data = erased_json(data, ${json}) where error ~* ${text} or data::text ~* ${json}`,
  );
  await rowsOf(ctx, SQL`update dead_letters set error = erased_text(error, ${text}) where error ~* ${text}`);
  return { counts: { views: views.length }, cursor: null };
}
