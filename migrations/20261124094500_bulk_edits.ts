import { Migration } from '@mikro-orm/migrations';

/** Bulk edits: what is to change, how far it is, and what became of each record. */
export class BulkEdits extends Migration {
  override up(): void {
    this.addSql(`
create table bulk_edits (
  id uuid primary key,
  object text not null check (object in ('contact', 'company', 'deal', 'activity', 'task')),
  ids uuid[],
  patch jsonb not null,
  state text not null check (state in ('waiting', 'running', 'done', 'cancelled', 'failed', 'undoing', 'undone')),
  matched int,
  changed int not null default 0,
  unchanged int not null default 0,
  refused int not null default 0,
  undone int not null default 0,
  kept int not null default 0,
  error text,
  actor_kind text not null,
  actor_id uuid,
  undone_by uuid,
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz
);
create index bulk_edits_by_age on bulk_edits (created_at desc, id desc);

create table bulk_edit_rows (
  bulk_edit_id uuid not null constraint bulk_edit_rows_bulk_edit_id_fkey references bulk_edits on delete cascade,
  record_id uuid not null,
  outcome text not null default 'waiting' check (outcome in ('waiting', 'changed', 'unchanged', 'refused', 'undone', 'kept')),
  changes jsonb,
  code text,
  message text,
  primary key (bulk_edit_id, record_id)
);
create index bulk_edit_rows_by_outcome on bulk_edit_rows (bulk_edit_id, outcome, record_id);

update roles set permissions = '{"bulk_edit":{"create":"own","read":"own","edit":"own","delete":"none"}}'::jsonb || permissions
where not permissions ? '*' and key <> 'viewer';
`);
  }
}
