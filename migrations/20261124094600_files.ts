import { Migration } from '@mikro-orm/migrations';

/** Files on records. What they hold is in the store under its hash; a job, which never ends, removes there what no row names. */
export class Files extends Migration {
  override up(): void {
    this.addSql(`
create table files (
  id uuid primary key,
  object text not null check (object in ('contact', 'company', 'deal', 'activity', 'task')),
  record_id uuid not null,
  name text not null,
  content_type text not null,
  size bigint not null,
  sha256 text not null,
  created_by uuid,
  created_at timestamptz not null
);
create index files_by_record on files (record_id, created_at desc, id desc);
create index files_by_content on files (sha256);

insert into jobs (id, queue, key, data, run_at) values (gen_random_uuid(), 'bulk', 'files-sweep', '{"kind":"files-sweep"}', now());
`);
  }
}
