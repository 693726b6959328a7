import { Migration } from '@mikro-orm/migrations';

/** Changes of a record in the order of its timeline; creations, which are most of the log, are not in it. */
export class Timeline extends Migration {
  override up(): void {
    this.addSql(`
create index events_of_changes on events (record_id, at desc, id desc)
  where type in ('contact.updated', 'company.updated', 'deal.updated');
create index events_of_rot on events (record_id, at desc, id desc) where type = 'deal.rotted';
`);
  }
}
