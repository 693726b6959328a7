import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { invalidField } from '../errors.ts';
import { nextOccurrence, readRule, type Series } from './recurrence.ts';
import type { Task } from './task.entity.ts';
import type { UpdateTaskInput } from './task.schema.ts';

/** When a task is to be done, and how it comes again. */
export type Plan = Pick<Task, 'dueDate' | 'dueDay' | 'recurrence'>;

/** What an edit says of it, with whom the task is assigned to by their id. */
type Planning = Pick<UpdateTaskInput, 'dueDate' | 'dueDay' | 'recurrence'> & { assignedTo?: string | null | undefined };

/** Tasks for a day are told of at this hour, in their assignee's time zone. */
const hourOfDay = '09:00';

/**
 * The planning fields of an edit as the row has them: a day has the instant at which it is told of beside it, in the zone of the one who is
 * assigned, also when that one changes; a due date clears the day, and a day the due date. Throws 400 `due_twice`, `recurrence_without_due`,
 * `invalid_recurrence`.
 */
export async function planned(ctx: Context, task: Plan & Pick<Task, 'assignedTo'>, patch: Planning): Promise<Partial<Plan>> {
  const assignedTo = patch.assignedTo === undefined ? task.assignedTo : patch.assignedTo;
  const due = await dueOf(ctx, { ...task, assignedTo }, patch);
  const recurrence = patch.recurrence === undefined ? task.recurrence : patch.recurrence && readRule(patch.recurrence);
  const after = { ...task, ...due };
  if (recurrence && !after.dueDate) {
    const message = 'What recurs needs a dueDate or a dueDay to begin with; clear the recurrence to clear the due date.';
    throw invalidField('/recurrence', 'recurrence_without_due', message);
  }
  return patch.recurrence === undefined ? due : { ...due, recurrence: recurrence ?? null };
}

async function dueOf(
  ctx: Context,
  task: Plan & Pick<Task, 'assignedTo'>,
  { dueDate, dueDay, assignedTo }: Planning,
): Promise<Partial<Plan>> {
  if (dueDay) {
    const at = await instantOf(ctx, dueDay, task.assignedTo);
    // Whoever gives back what was read gives both.
    if (dueDate && Date.parse(dueDate) !== at.getTime())
      throw invalidField('/dueDay', 'due_twice', 'A task is due at an instant or on a day: give dueDate or dueDay.');
    return { dueDay, dueDate: at };
  }
  if (dueDate) return { dueDay: null, dueDate: new Date(dueDate) };
  if (dueDate === null || (dueDay === null && task.dueDay)) return { dueDay: null, dueDate: null };
  if (assignedTo !== undefined && task.dueDay) return { dueDate: await instantOf(ctx, task.dueDay, task.assignedTo) };
  return {};
}

/** The instant at which somebody is told of a task for a day. */
export async function instantOf(ctx: Context, day: string, userId: string | null | undefined): Promise<Date> {
  const row = await rowOf<{ at: Date }>(
    ctx,
    SQL`select (${day}::date + ${SQL.lit(hourOfDay)}::time) at time zone coalesce((select time_zone from users where id = ${userId ?? null}), 'UTC') as at`,
  );
  return new Date(row?.at ?? day);
}

/** A series with the day that it is for whoever is assigned. */
export interface OngoingSeries extends Series {
  today: Date;
}

/** The series of a task that recurs. Days have no zone; what is due at an instant keeps its wall time in its assignee's. */
export async function seriesOf(ctx: Context, task: Task): Promise<OngoingSeries | undefined> {
  const { recurrence: rule, seriesStart: start } = task;
  if (!rule || !start) return undefined;
  const row = await rowOf<{ zone: string; today: string }>(
    ctx,
    SQL`select zone, to_char(${ctx.now}::timestamptz at time zone zone, 'YYYY-MM-DD') as today
        from (select coalesce((select time_zone from users where id = ${task.assignedTo ?? null}), 'UTC') as zone) as theirs`,
  );
  const { zone = 'UTC', today = ctx.now } = row ?? {};
  return { rule, start, zone: task.dueDay ? 'UTC' : zone, today: new Date(today) };
}

/** Where a task stands in its series: a day as its midnight in UTC. */
export const placeOf = ({ dueDay, dueDate }: Plan): Date => new Date(dueDay ?? dueDate ?? 0);

/** A task that recurs begins a series, `anew` where its rule or its kind of due date was given. Throws 400 `invalid_recurrence`. */
export async function keepSeries(ctx: Context, task: Task, { anew }: { anew: boolean }): Promise<void> {
  if (!task.recurrence) {
    task.seriesStart = null;
    return;
  }
  if (!anew && task.seriesStart) return;
  task.seriesId ??= task.id;
  task.seriesStart = placeOf(task);
  const series = await seriesOf(ctx, task);
  if (series !== undefined) nextOccurrence(series, series.start);
}
