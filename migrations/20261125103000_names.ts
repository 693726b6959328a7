import { Migration } from '@mikro-orm/migrations';

/**
 * Domains of companies as addresses of contacts are kept: a row each, of which one is the primary. The record has copies: of the primary
 * one, and of the others. A company may have one above it.
 */
export class Names extends Migration {
  override up(): void {
    this.addSql(`
create table company_domains (
  id uuid primary key,
  company_id uuid not null constraint company_domains_company_id_fkey references companies on delete cascade,
  domain text not null,
  is_primary boolean not null default false,
  active boolean not null default true,
  created_at timestamptz not null default now()
);
create unique index company_domains_live_key on company_domains (domain) where active;
create index company_domains_freed on company_domains (domain) where not active;
create index company_domains_by_company on company_domains (company_id);
insert into company_domains (id, company_id, domain, is_primary, active, created_at)
select gen_random_uuid(), id, domain, true, deleted_at is null and merged_into is null, created_at from companies where domain is not null;
drop index companies_domain_live_key;

alter table companies
  add column other_domains text[] not null default '{}',
  add column parent_id uuid constraint companies_parent_id_fkey references companies;
create index companies_by_parent on companies (parent_id) where parent_id is not null;
alter table contacts add column other_emails text[] not null default '{}';
`);
  }
}
