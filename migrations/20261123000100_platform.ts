import { Migration } from '@mikro-orm/migrations';

/** The log with its consumers, jobs and leases, idempotency keys, settings. */
export class Platform extends Migration {
  override up(): void {
    this.addSql(`
create extension if not exists pg_trgm;
create extension if not exists unaccent;
create collation if not exists people (provider = icu, locale = 'und-u-kn-true');

create table settings (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

create table events (
  id uuid not null primary key,
  seq bigint generated always as identity,
  position bigint unique,
  type text not null,
  record_type text not null,
  record_id uuid not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id uuid,
  cause_id uuid,
  correlation_id uuid not null,
  origin text not null check (origin in ('live', 'history')),
  door jsonb not null,
  data jsonb not null
);
create index events_unsequenced on events (seq) where position is null;
create index events_by_record on events (record_id, seq desc);

create table log_head (
  one boolean primary key default true check (one),
  position bigint not null
);
insert into log_head (position) values (0);

create table consumers (
  name text primary key,
  position bigint not null,
  holder uuid,
  held_until timestamptz,
  error text,
  updated_at timestamptz not null default now()
);

create table dead_letters (
  consumer text not null references consumers on delete cascade,
  key uuid not null,
  position bigint not null,
  attempts int not null default 0,
  next_attempt_at timestamptz,
  error text,
  created_at timestamptz not null default now(),
  primary key (consumer, key, position)
);
create index dead_letters_due on dead_letters (consumer, next_attempt_at);

create table jobs (
  id uuid primary key,
  queue text not null,
  key text not null,
  data jsonb not null,
  run_at timestamptz not null,
  generation int not null default 1,
  attempts int not null default 0,
  holder uuid,
  held_until timestamptz,
  error text,
  failed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (queue, key)
);
create index jobs_due on jobs (run_at) where failed_at is null;

create table leases (
  name text primary key,
  holder uuid not null,
  until timestamptz not null
);

create table idempotency_keys (
  actor_id uuid not null,
  route text not null,
  key text not null,
  body_hash bytea not null,
  answer bytea not null,
  created_at timestamptz not null default now(),
  primary key (actor_id, route, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
`);
  }
}
