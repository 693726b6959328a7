import { Migration } from '@mikro-orm/migrations';

/** Runs of durable workflows as people see them, and the guard that gives each of their effects once. */
export class Workflows extends Migration {
  override up(): void {
    this.addSql(`
create table runs (
  workflow_id text primary key,
  kind text not null,
  record_id uuid not null,
  state text not null check (state in ('running', 'completed', 'failed')),
  step text not null,
  since timestamptz,
  next_step text,
  next_wake timestamptz,
  error text,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  checked_at timestamptz,
  unique (kind, record_id)
);
create index runs_to_check on runs (coalesce(checked_at, updated_at)) where state = 'running';

create table effects (
  kind text not null,
  record_id uuid not null,
  effect text not null,
  basis text not null,
  at timestamptz not null,
  primary key (kind, record_id, effect, basis)
);
`);
  }
}
