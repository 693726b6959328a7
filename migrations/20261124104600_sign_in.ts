import { Migration } from '@mikro-orm/migrations';

/** Links that let people in, second factors, and how a session came to be. */
export class SignIn extends Migration {
  override up(): void {
    this.addSql(`
alter table sessions
  add column method text not null default 'password',
  add column second_factor boolean not null default false;

create table user_links (
  token_hash bytea primary key,
  user_id uuid not null references users on delete cascade,
  purpose text not null check (purpose in ('invitation', 'reset')),
  expires_at timestamptz not null
);
create index user_links_by_user on user_links (user_id);

create table second_factors (
  user_id uuid primary key references users on delete cascade,
  secret bytea not null,
  last_step bigint not null default 0,
  confirmed_at timestamptz
);

create table recovery_codes (
  user_id uuid not null references users on delete cascade,
  code_hash bytea not null,
  primary key (user_id, code_hash)
);

create table sign_in_steps (
  token_hash bytea primary key,
  user_id uuid not null references users on delete cascade,
  method text not null,
  expires_at timestamptz not null
);
create index sign_in_steps_by_user on sign_in_steps (user_id);

create table identity_providers (
  id uuid primary key,
  key text not null constraint identity_providers_key_key unique,
  name text not null,
  issuer text not null,
  client_id text not null,
  client_secret bytea,
  scope text not null,
  allowed_domains text[] not null default '{}',
  default_role text constraint identity_providers_default_role_fkey references roles,
  claim text,
  role_map jsonb not null default '{}',
  team_map jsonb not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version int not null default 1
);

create table provider_identities (
  provider_id uuid not null references identity_providers on delete cascade,
  subject text not null,
  user_id uuid not null references users on delete cascade,
  primary key (provider_id, subject)
);
create index provider_identities_by_user on provider_identities (user_id);
`);
  }
}
