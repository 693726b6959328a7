import { Migration } from '@mikro-orm/migrations';

/** What other systems call our records. A row stays while its record is deleted, and stands for the one it was merged into. */
export class ExternalIds extends Migration {
  override up(): void {
    this.addSql(`
create table external_ids (
  object text not null,
  system text not null,
  external_id text not null,
  record_id uuid not null,
  created_at timestamptz not null,
  primary key (object, system, external_id)
);
create index external_ids_by_record on external_ids (record_id);
`);
  }
}
