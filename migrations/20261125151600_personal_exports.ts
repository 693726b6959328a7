import { Migration } from '@mikro-orm/migrations';

/** Personal exports: who asked for which, how far each is, and which stored content it has come to. */
export class PersonalExports extends Migration {
  override up(): void {
    this.addSql(`
create table personal_exports (
  id uuid primary key,
  contact_id uuid not null references contacts on delete cascade,
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  done int not null default 0,
  total int not null,
  size bigint,
  sha256 text,
  error text,
  actor_kind text not null,
  actor_id uuid not null,
  requested_by uuid,
  requested_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  constraint personal_exports_content check ((state = 'done') = (sha256 is not null))
);
create index personal_exports_by_contact on personal_exports (contact_id, requested_at desc, id desc);
create unique index personal_exports_under_way on personal_exports (contact_id, actor_kind, actor_id) where state in ('queued', 'running');
create index personal_exports_by_end on personal_exports (finished_at);
create index personal_exports_by_content on personal_exports (sha256) where sha256 is not null;
`);
  }
}
