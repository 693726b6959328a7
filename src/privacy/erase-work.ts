import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { type Known, mentionsIn, mentionsInJson } from './mentions.rules.ts';
import { type Chunk, type Erasing, forgetEvents, forgetNotices, mendEvents } from './steps.ts';

const rowsAtOnce = 500;

const cursorOf = (rows: readonly { id: string }[]): string | null =>
  rows.length === rowsAtOnce ? (rows.at(-1)?.id ?? null) : null;

/**
 * What was done with them: entries of their timeline with no other contact stay as the fact that there was a call, when and by whom;
 * from others they are taken out where they are mentioned.
 */
export async function eraseActivities(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select distinct activity_id as id from activity_links where contact_id = any(${known.ids})
          and (${cursor}::uuid is null or activity_id > ${cursor}::uuid) order by activity_id limit ${rowsAtOnce}`,
  );
  const { counts, contents } = await eraseEntries(
    ctx,
    known,
    rows.map(({ id }) => id),
  );
  return { counts, cursor: cursorOf(rows), contents };
}

/** These entries of a timeline; of those that are gone themselves, what the log says. */
export async function eraseEntries(ctx: Context, known: Known, ids: readonly string[]): Promise<Omit<Required<Chunk>, 'cursor'>> {
  const rows = await rowsOf<{ id: string; alone: boolean }>(
    ctx,
    SQL`select id, not exists (select 1 from activity_links other where other.activity_id = one.id and other.contact_id <> all(${known.ids})) as alone
        from unnest(${ids}::uuid[]) as one (id)`,
  );
  const [alone = [], shared = []] = [true, false].map((is) => rows.filter((row) => row.alone === is).map(({ id }) => id));
  const emptied = await rowsOf(
    ctx,
    SQL`update activities set subject = '[erased]', description = null, outcome = null, custom_fields = '{}', tag_ids = '{}',
          updated_at = ${ctx.now}, version = version + 1
        where id = any(${alone}::uuid[]) and (source <> 'system' or type = 'task_completed') and (message_id is null or source <> 'email')
          and (subject is distinct from '[erased]' or num_nonnulls(description, outcome) > 0 or custom_fields <> '{}' or tag_ids <> '{}')
        returning 1`,
  );
  const files = await eraseFiles(ctx, 'activity', alone);
  await forgetEvents(ctx, alone);
  await forgetNotices(ctx, alone);
  const [text, json] = [mentionsIn(known), mentionsInJson(known)];
  await rowsOf(
    ctx,
    SQL`update activities set subject = erased_text(subject, ${text}), description = erased_text(description, ${text}),
          outcome = erased_text(outcome, ${text}), custom_fields = erased_json(custom_fields, ${json})
        where id = any(${shared}::uuid[])`,
  );
  await mendEvents(ctx, known, shared);
  const counts = { activities: emptied.length, sharedActivities: shared.length, files: files.length };
  return { counts, contents: files };
}

/** Tasks about them: done ones stay as a fact, open ones are called off. */
export async function eraseTasks(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from tasks where contact_id = any(${known.ids}) and (${cursor}::uuid is null or id > ${cursor}::uuid)
        order by id limit ${rowsAtOnce}`,
  );
  const { counts, contents } = await eraseTasksOf(
    ctx,
    known,
    rows.map(({ id }) => id),
  );
  return { counts, cursor: cursorOf(rows), contents };
}

/** These tasks, unless they are another contact's by now; of those that are gone themselves, what the log says. */
export async function eraseTasksOf(
  ctx: Context,
  known: Known,
  given: readonly string[],
): Promise<Omit<Required<Chunk>, 'cursor'>> {
  const found = await rowsOf<{ id: string; status: string; dealId: string | null; theirs: boolean }>(
    ctx,
    SQL`select id, status, deal_id as "dealId", coalesce(contact_id = any(${known.ids}), true) as theirs
        from tasks where id = any(${given}::uuid[]) order by id for update`,
  );
  const others = new Set(found.flatMap(({ id, theirs }) => (theirs ? [] : [id])));
  const rows = found.filter(({ theirs }) => theirs);
  const ids = given.filter((id) => !others.has(id));
  const emptied = await rowsOf(
    ctx,
    SQL`update tasks set title = '[erased]', description = null, custom_fields = '{}', tag_ids = '{}',
          status = case when status in ('pending', 'in_progress') then 'cancelled' else status end, updated_at = ${ctx.now}, version = version + 1
        where id = any(${ids}::uuid[]) and (title <> '[erased]' or description is not null or custom_fields <> '{}' or tag_ids <> '{}'
          or status in ('pending', 'in_progress')) returning 1`,
  );
  const files = await eraseFiles(ctx, 'task', ids);
  await forgetEvents(ctx, ids);
  await forgetNotices(ctx, ids);
  for (const { id, status, dealId } of rows) {
    if (status !== 'pending' && status !== 'in_progress') continue;
    emit(ctx, 'task.updated', { taskId: id, dealId, changes: { status: { from: status, to: 'cancelled' } } });
  }
  return { counts: { tasks: emptied.length, files: files.length }, contents: files };
}

/** Files on the contact itself, and what is told of it. */
export async function eraseContactFiles(ctx: Context, { known }: Erasing): Promise<Chunk> {
  const files = await eraseFiles(ctx, 'contact', known.ids);
  await forgetNotices(ctx, known.ids);
  return { counts: { files: files.length }, cursor: null, contents: files };
}

/** Deals stay, with their amounts; they are taken out of their names, fields and changes. */
export async function eraseFromDeals(ctx: Context, { known, cursor }: Erasing): Promise<Chunk> {
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from deals where id in (select id from deals where contact_id = any(${known.ids})
            union all select deal_id from deal_contacts where contact_id = any(${known.ids}))
          and (${cursor}::uuid is null or id > ${cursor}::uuid)
        order by id limit ${rowsAtOnce} for update`,
  );
  const ids = rows.map(({ id }) => id);
  const [text, json] = [mentionsIn(known), mentionsInJson(known)];
  await rowsOf(
    ctx,
    SQL`update deals set name = erased_text(name, ${text}), won_reason = erased_text(won_reason, ${text}),
          lost_reason = erased_text(lost_reason, ${text}), custom_fields = erased_json(custom_fields, ${json}),
          search_text = erased_text(search_text, ${text}) where id = any(${ids}::uuid[])`,
  );
  await rowsOf(
    ctx,
    SQL`update files set name = erased_text(name, ${text}) where object = 'deal' and record_id = any(${ids}::uuid[])`,
  );
  await rowsOf(ctx, SQL`update notifications set subject = erased_text(subject, ${text}) where record_id = any(${ids}::uuid[])`);
  await mendEvents(ctx, known, ids);
  await rowsOf(
    ctx,
    SQL`update events set data = erased_json(data, ${json}) where type = 'file.attached' and data->>'recordId' = any(${ids}::text[])`,
  );
  return { counts: { deals: rows.length }, cursor: cursorOf(rows) };
}

/** Takes files off records. Returns the hashes of what they held, a hash for each file. */
async function eraseFiles(ctx: Context, object: 'contact' | 'activity' | 'task', ids: readonly string[]): Promise<string[]> {
  const files = await rowsOf<{ id: string; sha256: string }>(
    ctx,
    SQL`delete from files where object = ${object} and record_id = any(${ids}::uuid[]) returning id, sha256`,
  );
  await forgetEvents(
    ctx,
    files.map(({ id }) => id),
  );
  return files.map(({ sha256 }) => sha256);
}
