import { Migration } from '@mikro-orm/migrations';

const tables = ['contacts', 'companies', 'deals', 'activities', 'tasks'];

/** Tags; which ones a record has is an array in its row, so that reading a list of records costs nothing more. */
export class Tags extends Migration {
  override up(): void {
    this.addSql(`
create table tags (
  id uuid primary key,
  name text not null,
  color text,
  created_by uuid,
  created_at timestamptz not null, updated_at timestamptz not null, version int not null default 1
);
create unique index tags_name_key on tags (lower(name));
${tables
  .map(
    (table) => `
alter table ${table} add column tag_ids uuid[] not null default '{}';
create index ${table}_by_tag on ${table} using gin (tag_ids) with (fastupdate = off) where tag_ids <> '{}';`,
  )
  .join('')}

update roles set permissions = '{"tag":{"create":"all","read":"all","edit":"none","delete":"none"}}'::jsonb || permissions
where not permissions ? '*' and key <> 'viewer';
update roles set permissions = '{"tag":{"create":"none","read":"all","edit":"none","delete":"none"}}'::jsonb || permissions where key = 'viewer';
`);
  }
}
