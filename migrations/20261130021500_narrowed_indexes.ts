import { Migration } from '@mikro-orm/migrations';

/** What lists by name are filtered by most, within the index of that order; and what lists sort by most, within the index of a filter. */
export class NarrowedIndexes extends Migration {
  override up(): void {
    this.addSql(`
drop index contacts_by_name;
create index contacts_by_name on contacts (full_name collate people, id, lifecycle_stage, lead_status, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_last_name;
create index contacts_sorted_last_name on contacts (last_name, id, lifecycle_stage, lead_status, owner_id)
  where deleted_at is null and merged_into is null;
drop index companies_by_name;
create index companies_by_name on companies (name collate people, id, industry, owner_id) where deleted_at is null;
drop index contacts_sorted_city;
create index contacts_sorted_city on contacts (city, id) include (full_name, last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_state;
create index contacts_sorted_state on contacts (state, id) include (full_name, last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_title;
create index contacts_sorted_title on contacts (title, id) include (full_name, last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_department;
create index contacts_sorted_department on contacts (department, id) include (full_name, last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
drop index contacts_sorted_lead_source;
create index contacts_sorted_lead_source on contacts (lead_source, id) include (full_name, last_name, created_at, owner_id)
  where deleted_at is null and merged_into is null;
`);
  }
}
