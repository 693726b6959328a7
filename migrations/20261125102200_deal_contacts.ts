import { Migration } from '@mikro-orm/migrations';

/** Who has a part in a deal, and which: any number of contacts beside the deal's own. */
export class DealContacts extends Migration {
  override up(): void {
    this.addSql(`
create table deal_contacts (
  deal_id uuid not null references deals on delete cascade,
  contact_id uuid not null constraint deal_contacts_contact_id_fkey references contacts on delete cascade,
  role text not null,
  created_at timestamptz not null,
  primary key (deal_id, contact_id)
);
create index deal_contacts_by_contact on deal_contacts (contact_id, deal_id);
`);
  }
}
