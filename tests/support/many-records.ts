import type { RawBuilder } from 'kysely';
import { SQL } from '../../src/database.ts';

/** How many records of each object. */
export const size = 100_000;

/** Companies, contacts, deals, tasks and activities, with half of the fields that may be empty filled. */
export const manyRecords = (ownerId: string): RawBuilder<unknown>[] => [
  SQL`set local statement_timeout = 0`,
  SQL`insert into companies (id, name, domain, industry, employee_count, annual_revenue, city, state, postal_code, country, owner_id, search_text, created_at, updated_at)
      select gen_random_uuid(), 'Company ' || n, n || '.example', case when n % 2 = 0 then 'I' || n % 50 end, n % 500, n % 7000, 'C' || n % 300, 'S' || n % 50,
        n % 9999, 'DE', ${ownerId}, 'company ' || n, now() - n * interval '1 minute', now() from generate_series(1, ${size}) n`,
  SQL`insert into company_domains (id, company_id, domain, is_primary) select gen_random_uuid(), id, domain, true from companies`,
  SQL`insert into contacts (id, first_name, last_name, email, phone, title, department, city, state, postal_code, country, lead_source, lead_status,
        lifecycle_stage, owner_id, company_id, search_text, last_contacted_at, next_activity_at, created_at, updated_at)
      select gen_random_uuid(), 'F' || n % 900, 'L' || n, 'p' || n || '@list.example', '+1 ' || n, case when n % 2 = 0 then 'T' || n % 90 end, 'D' || n % 20,
        case when n % 4 = 1 then 'Metropolis' else 'C' || n % 300 end, 'S' || n % 50, n % 9999, 'DE', case when n <= ${size} - 2000 then 'web' else 'fair 2019' end, 'new', 'lead', ${ownerId}, c.id, 'f l' || n, case when n % 3 = 0 then now() - n * interval '1 hour' end,
        case when n % 4 = 0 then now() + n * interval '1 hour' end, now() - n * interval '1 minute', now()
      from (select id, row_number() over () as n from companies) c`,
  SQL`insert into contact_emails (id, contact_id, address, address_normal, is_primary) select gen_random_uuid(), id, email, email, true from contacts`,
  SQL`insert into contact_companies (contact_id, company_id, role, created_at) select id, company_id, 'Board', now() from contacts`,
  SQL`insert into deals (id, name, amount, pipeline_id, stage_id, status, probability, position, stage_entered_at, expected_close_date, contact_id, company_id, owner_id,
        search_text, created_at, updated_at)
      select gen_random_uuid(), 'Deal ' || n, case when n % 5 > 0 then n % 9000 end, s.pipeline_id, s.id, 'open', s.probability, n, now() - n * interval '1 minute',
        case when n % 3 = 0 then current_date + (n % 300)::int end, c.id, c.company_id, ${ownerId}, 'deal ' || n, now() - n * interval '1 minute', now()
      from (select id, company_id, row_number() over () as n from contacts) c
        join (select *, row_number() over () - 1 as i from stages where kind = 'open') s on s.i = c.n % 4`,
  SQL`insert into deal_contacts (deal_id, contact_id, role, created_at) select id, contact_id, 'Buyer', now() from deals`,
  SQL`insert into tasks (id, title, status, due_date, contact_id, deal_id, assigned_to, created_at, updated_at)
      select gen_random_uuid(), 'Task ' || n, 'pending', case when n % 2 = 0 then now() + n * interval '1 minute' end, d.contact_id, d.id, ${ownerId},
        now() - n * interval '1 minute', now() from (select id, contact_id, row_number() over () as n from deals) d`,
  SQL`insert into activities (id, type, subject, contact_id, company_id, deal_id, owner_id, activity_date, source, created_at, updated_at)
      select gen_random_uuid(), 'call', 'Call ' || n, d.contact_id, d.company_id, d.id, ${ownerId}, now() - n * interval '1 minute', 'user', now(), now()
      from (select id, contact_id, company_id, row_number() over () as n from deals) d`,
  SQL`insert into activity_links (activity_id, contact_id, activity_date) select id, contact_id, activity_date from activities`,
];
