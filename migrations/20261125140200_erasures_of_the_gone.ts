import { Migration } from '@mikro-orm/migrations';

/** Contacts that were purged are found again by who asks for the erasure of an address of theirs. */
export class ErasuresOfTheGone extends Migration {
  override up(): void {
    this.addSql(`create index events_of_purged_contacts on events (record_id) where type = 'contact.purged';`);
  }
}
