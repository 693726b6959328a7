import { Migration } from '@mikro-orm/migrations';

/** Where else a person works or worked, and as what; `contacts.company_id` is the company they are with first of all. */
export class ContactCompanies extends Migration {
  override up(): void {
    this.addSql(`
create table contact_companies (
  contact_id uuid not null constraint contact_companies_contact_id_fkey references contacts on delete cascade,
  company_id uuid not null constraint contact_companies_company_id_fkey references companies on delete cascade,
  role text,
  from_day date,
  until_day date,
  created_at timestamptz not null,
  primary key (contact_id, company_id),
  constraint contact_companies_days_check check (from_day <= until_day)
);
create index contact_companies_by_company on contact_companies (company_id, contact_id);
`);
  }
}
