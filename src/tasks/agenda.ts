import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { notFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listRecords } from '../lists.ts';
import { jsonOf } from '../wire.ts';
import { taskObject } from './task.object.ts';
import type { TaskListRequest } from './task.schema.ts';

const isOpen = "status in ('pending', 'in_progress')";

/** A page of tasks; with `due` of the open ones that are late, or due in what is left of the caller's day, by their due dates. */
export async function listTasks(ctx: Context, { due, ...request }: TaskListRequest): Promise<JsonText> {
  if (due === undefined) return listRecords(ctx, taskObject, request);
  const { today, tomorrow } = await dayOf(ctx);
  const [onDay, atInstant] =
    due === 'overdue' ? [{ lt: today }, { lt: ctx.now.toISOString() }] : [{ eq: today }, { gte: ctx.now.toISOString() }];
  const agenda = {
    status: { in: ['pending', 'in_progress'] },
    dueDate: { lt: tomorrow },
    or: [{ dueDay: onDay }, { dueDay: { empty: true }, dueDate: atInstant }],
  };
  const filter = request.filter === undefined ? agenda : { and: [agenda, request.filter] };
  return listRecords(ctx, taskObject, { sort: 'dueDate', ...request, filter });
}

/** The day that it is where the caller is, and when the next one begins. */
async function dayOf(ctx: Context): Promise<{ today: string; tomorrow: string }> {
  const row = await rowOf<{ today: string; tomorrow: string }>(
    ctx,
    SQL`select to_char(today, 'YYYY-MM-DD') as today,
          to_char((today + 1)::timestamp at time zone zone at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as tomorrow
        from (select zone, (${ctx.now}::timestamptz at time zone zone)::date as today
          from (select coalesce((select time_zone from users where id = ${ctx.actor.userId}), 'UTC') as zone) as theirs) as days`,
  );
  if (row === undefined) throw new Error('a select without a table gives one row');
  return row;
}

/** JSON of how many open tasks the caller has: late, in what is left of their day, and all. Served by the index of one's open tasks. */
export async function taskCounts(ctx: Context): Promise<string> {
  const { today, tomorrow } = await dayOf(ctx);
  const late = SQL`case when due_day is null then due_date < ${ctx.now}::timestamptz else due_day < ${today}::date end`;
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`select json_build_object('overdue', count(*) filter (where ${late}),
          'today', count(*) filter (where not (${late}) and due_date < ${tomorrow}::timestamptz and (due_day is null or due_day = ${today}::date)),
          'open', count(*))::text as json
        from tasks where assigned_to = ${ctx.actor.userId} and deleted_at is null and ${SQL.raw(isOpen)} and ${visible(ctx, 'task', 'tasks')}`,
  );
  return row?.json ?? '';
}

const step = SQL.raw(
  jsonOf({
    id: ['steps.id', 'plain'],
    title: ['steps.title', 'plain'],
    dueDate: ['steps.due_date', 'instant'],
    dueDay: ['steps.due_day', 'day'],
  }),
);

/**
 * JSON of what to ask whoever has done a task: the deal and contact it is about, as far as the caller sees them, the open tasks that these
 * have, the earliest first, and whether one is needed: an open deal, or a contact where there is no deal, that has none. Throws
 * `task_not_found`.
 */
export async function nextSteps(ctx: Context, id: string): Promise<string> {
  const row = await rowOf<{ json: string }>(
    ctx,
    SQL`with task as (select deal_id, contact_id, next_task_id from tasks where id = ${id} and deleted_at is null and ${visible(ctx, 'task', 'tasks')}),
          deal as (select id, name, status from deals where id = (select deal_id from task) and deleted_at is null and ${visible(ctx, 'deal', 'deals')}),
          contact as (select id, full_name as name from contacts where id = (select contact_id from task) and deleted_at is null
            and ${visible(ctx, 'contact', 'contacts')}),
          steps as (
            select id, title, due_date, due_day, deal_id from tasks where deleted_at is null and ${SQL.raw(isOpen)} and id <> ${id}
              and (deal_id = (select id from deal) or contact_id = (select id from contact)) and ${visible(ctx, 'task', 'tasks')}
            order by due_date nulls last, id limit 5
          )
        select json_build_object(
            'isNeeded', case when exists (select 1 from deal)
              then (select status = 'open' from deal) and not exists (select 1 from tasks where deal_id = (select id from deal) and deleted_at is null
                and ${SQL.raw(isOpen)} and id <> ${id})
              else exists (select 1 from contact) and not exists (select 1 from steps) end,
            'nextTaskId', task.next_task_id,
            'deal', (select row_to_json(deal) from deal), 'contact', (select row_to_json(contact) from contact),
            'planned', coalesce((select json_agg(${step} order by steps.due_date nulls last, steps.id) from steps), '[]'))::text as json
        from task`,
  );
  if (row === undefined) throw notFound('task');
  return row.json;
}
