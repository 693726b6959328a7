import { Migration } from '@mikro-orm/migrations';

/** An index for each field that lists are sorted by; rows without the field are in it too, since they are read apart, as the list's last. */
export class ListIndexes extends Migration {
  override up(): void {
    this.addSql(`
create index contacts_sorted_first_name on contacts (first_name, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_last_name on contacts (last_name, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_email on contacts (email, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_title on contacts (title, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_department on contacts (department, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_city on contacts (city, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_state on contacts (state, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_postal_code on contacts (postal_code, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_country on contacts (country, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_lead_source on contacts (lead_source, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_lead_status on contacts (lead_status, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_lifecycle_stage on contacts (lifecycle_stage, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_last_contacted_at on contacts (last_contacted_at, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_next_activity_at on contacts (next_activity_at, id) where deleted_at is null and merged_into is null;
create index contacts_sorted_updated_at on contacts (updated_at, id) where deleted_at is null and merged_into is null;
create index companies_sorted_domain on companies (domain, id) where deleted_at is null and merged_into is null;
create index companies_sorted_industry on companies (industry, id) where deleted_at is null and merged_into is null;
create index companies_sorted_employee_count on companies (employee_count, id) where deleted_at is null and merged_into is null;
create index companies_sorted_annual_revenue on companies (annual_revenue, id) where deleted_at is null and merged_into is null;
create index companies_sorted_city on companies (city, id) where deleted_at is null and merged_into is null;
create index companies_sorted_state on companies (state, id) where deleted_at is null and merged_into is null;
create index companies_sorted_postal_code on companies (postal_code, id) where deleted_at is null and merged_into is null;
create index companies_sorted_country on companies (country, id) where deleted_at is null and merged_into is null;
create index companies_sorted_updated_at on companies (updated_at, id) where deleted_at is null and merged_into is null;
create index deals_sorted_amount on deals (amount, id) where deleted_at is null;
create index deals_sorted_expected_close_date on deals (expected_close_date, id) where deleted_at is null;
create index deals_sorted_actual_close_date on deals (actual_close_date, id) where deleted_at is null;
create index deals_sorted_last_activity_at on deals (last_activity_at, id) where deleted_at is null;
create index deals_sorted_next_activity_at on deals (next_activity_at, id) where deleted_at is null;
create index deals_sorted_rotting_since on deals (rotting_since, id) where deleted_at is null;
create index deals_sorted_name on deals (name collate people, id) where deleted_at is null;
create index deals_sorted_probability on deals (probability, id) where deleted_at is null;
create index deals_sorted_stage_entered_at on deals (stage_entered_at, id) where deleted_at is null;
create index deals_sorted_position on deals (position, id) where deleted_at is null;
create index deals_sorted_updated_at on deals (updated_at, id) where deleted_at is null;
create index tasks_sorted_due_date on tasks (due_date, id) where deleted_at is null;
create index tasks_sorted_completed_at on tasks (completed_at, id) where deleted_at is null;
create index tasks_sorted_updated_at on tasks (updated_at, id) where deleted_at is null;
create index tasks_by_status on tasks (status, created_at desc, id desc) where deleted_at is null;
create index activities_by_type on activities (type, activity_date desc, id desc) where deleted_at is null;
`);
  }
}
