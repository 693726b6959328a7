import { Migration } from '@mikro-orm/migrations';

/** A bulk edit is of the records of a filter, or of those named. */
export class BulkEditFilters extends Migration {
  override up(): void {
    this.addSql(`
alter table bulk_edits add column filter jsonb;
alter table bulk_edits add constraint bulk_edits_what check (num_nonnulls(filter, ids) = 1);
`);
  }
}
