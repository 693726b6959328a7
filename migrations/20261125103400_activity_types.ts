import { Migration } from '@mikro-orm/migrations';

/** Types of activities as rows that people edit: made, renamed, archived. */
export class ActivityTypes extends Migration {
  override up(): void {
    this.addSql(`
alter table activity_types
  add column id uuid not null default gen_random_uuid() constraint activity_types_id_key unique,
  add column icon text,
  add column archived_at timestamptz,
  add column created_at timestamptz not null default now(),
  add column updated_at timestamptz not null default now(),
  add column version int not null default 1;
update activity_types set icon = case key when 'call' then 'phone' when 'email' then 'mail' when 'meeting' then 'users' when 'note' then 'note' when 'webhook' then 'webhook' end;

update roles set permissions = '{"activity_type":{"create":"none","read":"all","edit":"none","delete":"none"}}'::jsonb || permissions
where not permissions ? '*';
`);
  }
}
