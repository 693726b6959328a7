import { Migration } from '@mikro-orm/migrations';

/** Tasks for a day, with reminders, and that come again. Of a task for a day `due_date` is the hour at which it is told of. */
export class TaskPlanning extends Migration {
  override up(): void {
    this.addSql(`
alter table tasks
  add column due_day date,
  add column reminders int[] not null default '{}',
  add column recurrence text,
  add column series_id uuid,
  add column series_start timestamptz,
  add column next_task_id uuid constraint tasks_next_task_id_fkey references tasks on delete set null,
  add constraint tasks_day_timed check (due_day is null or due_date is not null),
  add constraint tasks_series_timed check (recurrence is null or (due_date is not null and series_id is not null and series_start is not null));
create index tasks_by_series on tasks (series_id, created_at) where series_id is not null and deleted_at is null;
create index tasks_by_next on tasks (next_task_id) where next_task_id is not null;
`);
  }
}
