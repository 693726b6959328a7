import { Migration } from '@mikro-orm/migrations';

/**
 * What a contact is filtered by most is in the order of names within, so that a page of them by name is read and no more, however many they
 * are. Contacts of companies that a filter finds are read within an index: by company, or in the order of names.
 */
export class FilteredByName extends Migration {
  override up(): void {
    this.addSql(`
drop index contacts_sorted_city;
create index contacts_sorted_city on contacts (city, full_name collate people, id) include (last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_state;
create index contacts_sorted_state on contacts (state, full_name collate people, id) include (last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_title;
create index contacts_sorted_title on contacts (title, full_name collate people, id) include (last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_department;
create index contacts_sorted_department on contacts (department, full_name collate people, id) include (last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_lead_source;
create index contacts_sorted_lead_source on contacts (lead_source, full_name collate people, id) include (last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_by_name;
create index contacts_by_name on contacts (full_name collate people, id, lifecycle_stage, lead_status, owner_id) include (company_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_last_name;
create index contacts_sorted_last_name on contacts (last_name, id, lifecycle_stage, lead_status, owner_id) include (company_id)
  where deleted_at is null and merged_into is null;
drop index contacts_by_company;
create index contacts_by_company on contacts (company_id, created_at desc, id desc)
  include (full_name, last_name, owner_id, deleted_at, merged_into) where company_id is not null;
`);
  }
}
