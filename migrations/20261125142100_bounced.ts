import { Migration } from '@mikro-orm/migrations';

/** Since when mail to an address comes back, and to a contact's primary one. */
export class Bounced extends Migration {
  override up(): void {
    this.addSql('alter table contact_emails add column bounced_at timestamptz');
    this.addSql('alter table contacts add column bounced_at timestamptz');
  }
}
