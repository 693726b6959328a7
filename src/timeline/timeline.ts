import type { RawBuilder } from 'kysely';
import { activityObject } from '../activities/activity.object.ts';
import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { invalidField, notFound } from '../errors.ts';
import { hiddenFields, reachOf, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { knownFields, wireColumns } from '../objects.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { inQuery } from '../places.ts';
import type { WireColumns } from '../wire.ts';

/** Whose timeline. */
export interface TimelineOf {
  object: 'contact' | 'company' | 'deal';
  id: string;
}

const tables = { contact: 'contacts', company: 'companies', deal: 'deals' } as const;

/** A page of a timeline, of some kinds of entries or of all. */
export interface TimelineRequest extends PageRequest {
  kinds?: readonly string[] | undefined;
}

/**
 * A page of what happened with a contact, company or deal, and what is planned, newest first: activities and mails, tasks, changes,
 * steps of workflows, files, as far as the caller may see them. Throws the record's 404, and 400 for a kind that there is not.
 */
export async function timelineOf(ctx: Context, of: TimelineOf, { kinds, ...page }: TimelineRequest): Promise<JsonText> {
  const table = tables[of.object];
  const seen = await rowOf(
    ctx,
    SQL`select 1 from ${SQL.ref(table)} where id = ${of.id} and deleted_at is null and ${visible(ctx, of.object, table)}`,
  );
  if (seen === undefined) throw notFound(of.object);
  if (kinds !== undefined) await requireKinds(ctx, kinds);
  const hidden = [...hiddenFields(ctx.actor, of.object)];
  return listOf(ctx, page, {
    ...(kinds === undefined && hidden.length === 0
      ? { name: `timeline_${of.object}_${reachOf(ctx.actor, 'activity', 'read')}` }
      : {}),
    columns: entryColumns(ctx, hidden),
    sources: sources(ctx, of, { kinds, hidden }),
    from: details(ctx),
    where: [SQL`true`],
    id: 'entries.id',
    sorts: { at: { expression: 'entries.at', type: 'timestamptz', descending: true } },
    defaultSort: 'at',
  });
}

const ownKinds = ['mail', 'task', 'change', 'workflow', 'file'];

async function requireKinds(ctx: Context, kinds: readonly string[]): Promise<void> {
  const types = kinds.filter((kind) => !ownKinds.includes(kind));
  if (types.length === 0) return;
  const known = await rowsOf<{ key: string }>(ctx, SQL`select key from activity_types where key = any(${types})`);
  const unknown = types.find((type) => !known.some(({ key }) => key === type));
  if (unknown === undefined) return;
  const possible = `${ownKinds.join(', ')} and the keys of activity types`;
  throw invalidField(inQuery.of('kinds'), 'unknown_kind', `There is no kind ${unknown}; there are ${possible}.`);
}

interface Wanted {
  kinds: readonly string[] | undefined;
  hidden: readonly string[];
}

/** Where entries come from; each is read in its own order by its own index, and they are merged. */
function sources(ctx: Context, of: TimelineOf, { kinds, hidden }: Wanted): RawBuilder<unknown>[] {
  const wants = (kind: string): boolean => kinds === undefined || kinds.includes(kind);
  const column = SQL.ref(`tasks.${of.object}_id`);
  const tasks = (at: string, kind: string, condition: RawBuilder<unknown>) =>
    SQL`select ${SQL.lit(kind)} as kind, tasks.id, ${SQL.ref(`tasks.${at}`)} as at from tasks
        where ${column} = ${of.id} and tasks.deleted_at is null and ${condition} and ${visible(ctx, 'task', 'tasks')}`;
  const events = (kind: string, types: RawBuilder<unknown>) =>
    SQL`select ${SQL.lit(kind)} as kind, events.id, events.at from events where events.record_id = ${of.id} and ${types}`;
  return [
    activities(ctx, of, kinds),
    ...(wants('task')
      ? [
          tasks('created_at', 'task_created', SQL`true`),
          tasks('due_date', 'task_planned', SQL`tasks.due_date is not null and tasks.status in ('pending', 'in_progress')`),
        ]
      : []),
    ...(wants('change') ? [events('change', SQL`${SQL.raw(edits)} and ${anythingShown(hidden)}`)] : []),
    ...(wants('workflow') ? [events('workflow', SQL`events.type = 'deal.rotted'`)] : []),
    ...(wants('file')
      ? [
          SQL`select 'file' as kind, files.id, files.created_at as at from files where files.record_id = ${of.id} and files.object = ${SQL.lit(of.object)}`,
        ]
      : []),
  ];
}

/** The condition of the index that finds them. */
const edits = "events.type in ('contact.updated', 'company.updated', 'deal.updated')";

function anythingShown(hidden: readonly string[]): RawBuilder<unknown> {
  if (hidden.length === 0) return SQL`true`;
  return SQL`exists (select 1 from jsonb_object_keys(events.data -> 'changes') as key where ${SQL.raw(shown(hidden))})`;
}

/** A contact's activities are found through the links, a company's and a deal's by their own column. */
function activities(ctx: Context, { object, id }: TimelineOf, kinds: readonly string[] | undefined): RawBuilder<unknown> {
  const types = kinds?.flatMap((kind) => (kind === 'mail' ? ['email'] : kind === 'task' ? ['task_completed'] : [kind]));
  const conditions = [
    SQL`activities.deleted_at is null`,
    visible(ctx, 'activity', 'activities'),
    ...(types === undefined ? [] : [SQL`activities.type = any(${types}::text[])`]),
  ];
  if (object === 'contact') {
    return SQL`select 'activity' as kind, links.activity_id as id, links.activity_date as at
      from activity_links links join activities on activities.id = links.activity_id
      where links.contact_id = ${id} and ${SQL.join(conditions, SQL` and `)}`;
  }
  return SQL`select 'activity' as kind, activities.id, activities.activity_date as at from activities
    where ${SQL.ref(`activities.${object}_id`)} = ${id} and ${SQL.join(conditions, SQL` and `)}`;
}

const details = (ctx: Context): RawBuilder<unknown> => SQL`
  left join activities on entries.kind = 'activity' and activities.id = entries.id
  left join tasks on entries.kind in ('task_created', 'task_planned') and tasks.id = entries.id
  left join events on entries.kind in ('change', 'workflow') and events.id = entries.id
  left join files on entries.kind = 'file' and files.id = entries.id
  left join users on users.id = coalesce(activities.owner_id, tasks.assigned_to, events.actor_id, files.created_by)
  left join deals on deals.id = coalesce(activities.deal_id, tasks.deal_id) and ${visible(ctx, 'deal', 'deals')}`;

const shown = (hidden: readonly string[]): string => {
  const names = hidden.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ');
  return `key <> all (array[${names}]::text[]) and split_part(key, '.', 1) <> all (array[${names}]::text[])`;
};

/** An entry: an activity with the names of who did it and of its deal, or something else in the same shape. */
function entryColumns(ctx: Context, hidden: readonly string[]): WireColumns {
  const activity = wireColumns(knownFields(ctx, activityObject));
  const orElse = (name: keyof typeof activity & string, other: string) => {
    const [expression, kind] = activity[name] ?? ['null', 'plain'];
    return [`coalesce(${expression}, ${other})`, kind] as const;
  };
  return {
    ...activity,
    id: ['entries.id', 'plain'],
    type: orElse('type', 'entries.kind'),
    subject: orElse('subject', "tasks.title, files.name, events.data ->> 'stage'"),
    companyId: orElse('companyId', 'tasks.company_id'),
    dealId: orElse('dealId', 'tasks.deal_id'),
    ownerId: orElse('ownerId', 'tasks.assigned_to, events.actor_id, files.created_by'),
    activityDate: ['entries.at', 'instant'],
    source: orElse('source', "'system'"),
    customFields: orElse('customFields', "'{}'"),
    tagIds: orElse('tagIds', "'{}'"),
    createdAt: orElse('createdAt', 'entries.at'),
    updatedAt: orElse('updatedAt', 'entries.at'),
    version: orElse('version', '1'),
    ownerName: ['users.name', 'plain'],
    dealName: [hiddenFields(ctx.actor, 'deal').has('name') ? 'null' : 'deals.name', 'plain'],
    taskId: ['tasks.id', 'plain'],
    fileId: ['files.id', 'plain'],
    changes: [
      `(select coalesce(json_agg(json_build_object('field', key, 'from', value -> 'from', 'to', value -> 'to') order by key), '[]')
        from jsonb_each(case when entries.kind = 'change' then events.data -> 'changes' else '{}' end) where ${shown(hidden)})`,
      'plain',
    ],
  };
}
