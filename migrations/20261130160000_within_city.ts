import { Migration } from '@mikro-orm/migrations';

/**
 * Contacts of one city or state have indexes of their own in the orders of last names and of age: a page of them is read and no more, however
 * many live there. The indexes of these orders over all contacts need no cities and states then.
 */
export class WithinCity extends Migration {
  override up(): void {
    this.addSql(`
create index contacts_city_last_name on contacts (city, last_name, id) where deleted_at is null and merged_into is null;
create index contacts_state_last_name on contacts (state, last_name, id) where deleted_at is null and merged_into is null;
create index contacts_city_age on contacts (city, created_at desc, id desc) where deleted_at is null and merged_into is null;
create index contacts_state_age on contacts (state, created_at desc, id desc) where deleted_at is null and merged_into is null;
drop index contacts_sorted_last_name;
create index contacts_sorted_last_name on contacts (last_name, id, lifecycle_stage, lead_status, owner_id, lead_source) include (company_id)
  where deleted_at is null and merged_into is null;
drop index contacts_by_age;
create index contacts_by_age on contacts (created_at desc, id desc) include (company_id)
  where deleted_at is null and merged_into is null;
`);
  }
}
