import { Migration } from '@mikro-orm/migrations';

const tables = ['contacts', 'companies', 'deals', 'activities', 'tasks'];

/**
 * Deleted records: their lists, whose address was whose, and purging them. Whatever points to a record has an index over all rows, not
 * only the live ones: a purge finds there what it has to take along, and Postgres that nothing points to it any more.
 */
export class Deletion extends Migration {
  override up(): void {
    this.addSql(`
${tables.map((table) => `create index ${table}_deleted on ${table} (deleted_at desc, id desc) where deleted_at is not null;`).join('\n')}
create index contact_emails_freed on contact_emails (address_normal) where not active;

drop index contacts_by_company;
create index contacts_by_company on contacts (company_id, created_at desc, id desc) where company_id is not null;
drop index deals_by_contact;
create index deals_by_contact on deals (contact_id, id desc) where contact_id is not null;
drop index deals_by_company;
create index deals_by_company on deals (company_id, id desc) where company_id is not null;
drop index activities_by_company;
create index activities_by_company on activities (company_id, activity_date desc, id desc) where company_id is not null;
drop index activities_by_deal;
create index activities_by_deal on activities (deal_id, activity_date desc, id desc) where deal_id is not null;
drop index tasks_by_contact;
create index tasks_by_contact on tasks (contact_id, id desc) where contact_id is not null;
drop index tasks_by_company;
create index tasks_by_company on tasks (company_id, id desc) where company_id is not null;
drop index tasks_by_deal;
create index tasks_by_deal on tasks (deal_id, due_date) where deal_id is not null;
create index activities_by_contact on activities (contact_id) where contact_id is not null;
create index contacts_by_merge on contacts (merged_into) where merged_into is not null;
create index companies_by_merge on companies (merged_into) where merged_into is not null;
create index notifications_by_record on notifications (record_id);

insert into jobs (id, queue, key, data, run_at) values (gen_random_uuid(), 'bulk', 'purge-deleted', '{"kind":"purge-deleted"}', now());
`);
  }
}
