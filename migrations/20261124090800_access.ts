import { Migration } from '@mikro-orm/migrations';

/** Roles that people make, teams as a tree, and records shared one by one. */
export class Access extends Migration {
  override up(): void {
    this.addSql(roles);
    this.addSql(teams);
    this.addSql(shares);
  }
}

const roles = `
alter table roles
  add column id uuid not null default gen_random_uuid() unique,
  add column fields jsonb not null default '{}',
  add column shipped boolean not null default false,
  add column created_at timestamptz not null default now(),
  add column updated_at timestamptz not null default now(),
  add column version int not null default 1;
update roles set shipped = true;
update roles set capabilities = '{merge}',
  permissions = permissions || '{"team":{"create":"none","read":"all","edit":"none","delete":"none"}}' where key = 'rep';
insert into roles (key, name, shipped, capabilities, permissions)
select 'manager', 'Manager', true, '{import,export,merge}', permissions || '{
    "contact":{"create":"all","read":"all","edit":"team","delete":"team"},
    "company":{"create":"all","read":"all","edit":"team","delete":"team"},
    "deal":{"create":"all","read":"all","edit":"team","delete":"team"},
    "activity":{"create":"all","read":"all","edit":"team","delete":"team"},
    "task":{"create":"all","read":"all","edit":"team","delete":"team"},
    "audit":{"create":"none","read":"team","edit":"none","delete":"none"}
  }' from roles where key = 'rep';
insert into roles (key, name, shipped, permissions)
select 'viewer', 'Viewer', true, permissions || '{
    "contact":{"create":"none","read":"all","edit":"none","delete":"none"},
    "company":{"create":"none","read":"all","edit":"none","delete":"none"},
    "deal":{"create":"none","read":"all","edit":"none","delete":"none"},
    "activity":{"create":"none","read":"all","edit":"none","delete":"none"},
    "task":{"create":"none","read":"all","edit":"none","delete":"none"},
    "message":{"create":"none","read":"all","edit":"none","delete":"none"},
    "mailbox":{"create":"none","read":"none","edit":"none","delete":"none"}
  }' from roles where key = 'rep';
`;

/** `team_reach`: whose records "the team's" means to a viewer; `teams_over`: through which teams records are shared with them. */
const teams = `
create table teams (
  id uuid primary key,
  name text not null,
  parent_id uuid constraint teams_parent_id_fkey references teams,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version int not null default 1
);
create unique index teams_name_key on teams (lower(name));
create index teams_by_parent on teams (parent_id) where parent_id is not null;

create table team_members (
  team_id uuid not null constraint team_members_team_id_fkey references teams on delete cascade,
  user_id uuid not null constraint team_members_user_id_fkey references users on delete cascade,
  primary key (team_id, user_id)
);
create index team_members_by_user on team_members (user_id);

create function team_reach(viewer uuid) returns uuid[] language sql stable as $$
  with recursive below as (
    select team_id as id from team_members where user_id = viewer
    union
    select teams.id from teams join below on teams.parent_id = below.id
  )
  select coalesce(array_agg(distinct member), '{}') from (
    select viewer as member where viewer is not null
    union all
    select user_id from team_members where team_id in (select id from below)
  ) as members
$$;

create function teams_over(viewer uuid) returns uuid[] language sql stable as $$
  with recursive over as (
    select team_id as id from team_members where user_id = viewer
    union
    select teams.parent_id from teams join over on teams.id = over.id where teams.parent_id is not null
  )
  select coalesce(array_agg(id), '{}') from over
$$;
`;

const shares = `
create table record_shares (
  id uuid primary key,
  object text not null check (object in ('contact', 'company', 'deal')),
  record_id uuid not null,
  user_id uuid constraint record_shares_user_id_fkey references users on delete cascade,
  team_id uuid constraint record_shares_team_id_fkey references teams on delete cascade,
  access text not null check (access in ('read', 'edit')),
  shared_by uuid,
  created_at timestamptz not null,
  constraint record_shares_one_holder check (num_nonnulls(user_id, team_id) = 1),
  constraint record_shares_holder_key unique nulls not distinct (object, record_id, user_id, team_id)
);
create index record_shares_by_user on record_shares (user_id, object) include (record_id) where user_id is not null;
create index record_shares_by_team on record_shares (team_id, object) include (record_id) where team_id is not null;
`;
