import { Migration } from '@mikro-orm/migrations';

/** Saved views of the lists. */
export class Views extends Migration {
  override up(): void {
    this.addSql(`
create table views (
  id uuid primary key,
  object text not null check (object in ('contact', 'company', 'deal', 'activity', 'task')),
  name text not null,
  filter jsonb not null default '{}',
  q text,
  sort text,
  columns text[] not null default '{}',
  access text not null default 'private' check (access in ('private', 'team', 'all')),
  team_id uuid constraint views_team_id_fkey references teams on delete cascade,
  owner_id uuid constraint views_owner_id_fkey references users on delete cascade,
  created_at timestamptz not null, updated_at timestamptz not null, version int not null default 1,
  constraint views_team_named check ((access = 'team') = (team_id is not null))
);
create index views_by_owner on views (owner_id);
create index views_by_team on views (team_id) where team_id is not null;
create index views_by_name on views (object, lower(name), id);

create table default_views (
  user_id uuid not null constraint default_views_user_id_fkey references users on delete cascade,
  object text not null,
  view_id uuid not null constraint default_views_view_id_fkey references views on delete cascade,
  primary key (user_id, object)
);
create index default_views_by_view on default_views (view_id);

update roles set permissions = '{"view":{"create":"own","read":"own","edit":"own","delete":"own"}}'::jsonb || permissions
where not permissions ? '*';
`);
  }
}
