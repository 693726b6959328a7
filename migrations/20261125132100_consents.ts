import { Migration } from '@mikro-orm/migrations';

/**
 * On what a contact's data is used for each purpose. Since when a contact is not to be written to follows from `do_not_email` and from
 * the purpose `email`.
 */
export class Consents extends Migration {
  override up(): void {
    this.addSql(`
create table consents (
  id uuid primary key,
  contact_id uuid not null constraint consents_contact_id_fkey references contacts on delete cascade,
  purpose text not null,
  status text not null check (status in ('given', 'withdrawn')),
  basis text not null check (basis in
    ('consent', 'contract', 'legal_obligation', 'vital_interests', 'public_task', 'legitimate_interests')),
  source text,
  since timestamptz not null,
  recorded_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint consents_purpose_key unique (contact_id, purpose)
);

alter table contacts add column unsubscribed_at timestamptz;
update contacts set unsubscribed_at = updated_at where do_not_email;
`);
  }
}
