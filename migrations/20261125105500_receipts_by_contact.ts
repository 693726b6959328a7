import { Migration } from '@mikro-orm/migrations';

/** What webhooks brought about a person, for who exports it. */
export class ReceiptsByContact extends Migration {
  override up(): void {
    this.addSql('create index webhook_receipts_by_contact on webhook_receipts (contact_id, id) where contact_id is not null');
  }
}
