import { Migration } from '@mikro-orm/migrations';

/** Definitions of custom fields, and their values on activities and tasks too. */
export class CustomFields extends Migration {
  override up(): void {
    this.addSql(`
create table custom_fields (
  id uuid primary key,
  entity_type text not null check (entity_type in ('contact', 'company', 'deal', 'activity', 'task')),
  field_name text not null,
  field_type text not null,
  field_label text not null,
  description text,
  options jsonb not null default '[]',
  record_type text,
  required boolean not null default false,
  is_unique boolean not null default false,
  indexed boolean not null default false,
  index_state text not null default 'none' check (index_state in ('none', 'building', 'ready', 'failed')),
  index_error text,
  position int not null default 0,
  archived_at timestamptz,
  created_at timestamptz not null, updated_at timestamptz not null, version int not null default 1,
  constraint custom_fields_name_key unique (entity_type, field_name)
);

alter table activities add column custom_fields jsonb not null default '{}';
alter table tasks add column custom_fields jsonb not null default '{}';

-- Waits for whoever changes a definition, then tells the state of all of them: a volatile function's statements each see what is committed.
create function custom_fields_generation() returns bigint language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(hashtext('custom_fields'));
  return (select coalesce(sum(version), 0) from custom_fields);
end $$;

update roles set permissions = '{"custom_field":{"create":"none","read":"all","edit":"none","delete":"none"}}'::jsonb || permissions
where not permissions ? '*';
`);
  }
}
