import { Migration } from '@mikro-orm/migrations';

/** People who sign in, and the nouns of the CRM. */
export class Crm extends Migration {
  override up(): void {
    this.addSql(identity);
    this.addSql(companiesAndContacts);
    this.addSql(deals);
    this.addSql(activitiesAndTasks);
  }
}

const stamps = `created_at timestamptz not null, updated_at timestamptz not null, version int not null default 1`;

const identity = `
create table roles (
  key text primary key,
  name text not null,
  permissions jsonb not null,
  capabilities text[] not null default '{}'
);
insert into roles (key, name, permissions, capabilities) values
  ('admin', 'Admin', '{"*":{"create":"all","read":"all","edit":"all","delete":"all"}}', '{"*"}'),
  ('rep', 'Sales rep', '{
    "contact":{"create":"all","read":"all","edit":"own","delete":"own"},
    "company":{"create":"all","read":"all","edit":"own","delete":"own"},
    "deal":{"create":"all","read":"all","edit":"own","delete":"own"},
    "activity":{"create":"all","read":"all","edit":"own","delete":"own"},
    "task":{"create":"all","read":"all","edit":"own","delete":"own"},
    "message":{"create":"own","read":"all","edit":"own","delete":"own"},
    "mailbox":{"create":"own","read":"own","edit":"own","delete":"own"},
    "pipeline":{"create":"none","read":"all","edit":"none","delete":"none"},
    "user":{"create":"none","read":"all","edit":"own","delete":"none"},
    "event":{"create":"none","read":"all","edit":"none","delete":"none"},
    "notification":{"create":"none","read":"own","edit":"own","delete":"own"}
  }', '{}');

create table users (
  id uuid primary key,
  email text not null,
  name text not null,
  password_hash text,
  role_key text not null constraint users_role_fkey references roles,
  time_zone text not null default 'UTC',
  disabled_at timestamptz,
  ${stamps}
);
create unique index users_email_key on users (lower(email));

create table setup_links (
  token_hash bytea primary key,
  expires_at timestamptz not null
);

create table sessions (
  id uuid primary key,
  token_hash bytea not null unique,
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  ends_at timestamptz not null,
  address text,
  user_agent text
);
create index sessions_by_user on sessions (user_id);

create table sign_in_failures (
  subject text primary key,
  failures int not null,
  last_at timestamptz not null
);

create table api_keys (
  id uuid primary key,
  name text not null,
  secret_hash bytea not null,
  role_key text not null constraint api_keys_role_fkey references roles,
  user_id uuid constraint api_keys_user_id_fkey references users on delete cascade,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_by uuid,
  created_at timestamptz not null
);
create unique index api_keys_name_key on api_keys (lower(name)) where revoked_at is null;

create table notifications (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  kind text not null,
  record_type text not null,
  record_id uuid not null,
  subject text not null,
  basis text not null,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  unique (kind, record_id, basis, user_id)
);
create index notifications_unread on notifications (user_id, id desc);
`;

const companiesAndContacts = `
create table companies (
  id uuid primary key,
  name text not null,
  domain text,
  industry text,
  employee_count int,
  annual_revenue numeric(15,2),
  phone text,
  website text,
  address_line1 text, address_line2 text, city text, state text, postal_code text, country text,
  owner_id uuid constraint companies_owner_id_fkey references users on delete set null,
  custom_fields jsonb not null default '{}',
  search_text text not null default '',
  merged_into uuid references companies,
  deleted_at timestamptz,
  ${stamps}
);
create unique index companies_domain_live_key on companies (domain) where deleted_at is null and merged_into is null;
create index companies_by_age on companies (created_at desc, id desc) where deleted_at is null;
create index companies_by_name on companies (name collate people, id) where deleted_at is null;
create index companies_by_owner on companies (owner_id, created_at desc) where deleted_at is null;
create index companies_search on companies using gin (search_text gin_trgm_ops) with (gin_pending_list_limit = 256);

create table contacts (
  id uuid primary key,
  company_id uuid constraint contacts_company_id_fkey references companies,
  first_name text,
  last_name text,
  email text,
  phone text,
  phone_normal text,
  mobile text,
  mobile_normal text,
  title text,
  department text,
  address_line1 text, address_line2 text, city text, state text, postal_code text, country text,
  lead_source text,
  lead_status text,
  lifecycle_stage text,
  time_zone text,
  do_not_email boolean not null default false,
  owner_id uuid constraint contacts_owner_id_fkey references users on delete set null,
  custom_fields jsonb not null default '{}',
  full_name text generated always as (btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))) stored,
  search_text text not null default '',
  last_contacted_at timestamptz,
  next_activity_at timestamptz,
  merged_into uuid references contacts,
  deleted_at timestamptz,
  ${stamps},
  constraint contacts_reachable check (coalesce(first_name, last_name, email, phone, mobile) is not null)
);
create index contacts_by_age on contacts (created_at desc, id desc) where deleted_at is null and merged_into is null;
create index contacts_by_name on contacts (full_name collate people, id) where deleted_at is null and merged_into is null;
create index contacts_by_owner on contacts (owner_id, created_at desc, id desc)
  where owner_id is not null and deleted_at is null and merged_into is null;
create index contacts_by_company on contacts (company_id, created_at desc, id desc)
  where company_id is not null and deleted_at is null and merged_into is null;
create index contacts_search on contacts using gin (search_text gin_trgm_ops) with (gin_pending_list_limit = 256);

create table contact_emails (
  id uuid primary key,
  contact_id uuid not null references contacts on delete cascade,
  address text not null,
  address_normal text not null,
  is_primary boolean not null default false,
  active boolean not null default true,
  created_at timestamptz not null default now()
);
create unique index contact_emails_live_key on contact_emails (address_normal) where active;
create index contact_emails_by_contact on contact_emails (contact_id);
`;

const deals = `
create table pipelines (
  id uuid primary key,
  name text not null,
  is_default boolean not null default false,
  ${stamps}
);
create unique index pipelines_default_key on pipelines (is_default) where is_default;

create table stages (
  id uuid primary key,
  pipeline_id uuid not null references pipelines on delete cascade,
  key text not null,
  name text not null,
  kind text not null check (kind in ('open', 'won', 'lost')),
  probability int not null check (probability between 0 and 100),
  position int not null,
  rot_days int check (rot_days > 0),
  ${stamps},
  unique (pipeline_id, key),
  unique (id, kind)
);

create table deals (
  id uuid primary key,
  name text not null,
  amount numeric(15,2),
  currency char(3) not null default 'USD',
  pipeline_id uuid not null constraint deals_pipeline_id_fkey references pipelines,
  stage_id uuid not null,
  status text not null,
  probability int not null check (probability between 0 and 100),
  probability_fixed boolean not null default false,
  position double precision not null,
  stage_entered_at timestamptz not null,
  expected_close_date date,
  actual_close_date date,
  contact_id uuid constraint deals_contact_id_fkey references contacts,
  company_id uuid constraint deals_company_id_fkey references companies,
  owner_id uuid constraint deals_owner_id_fkey references users on delete set null,
  won_reason text,
  lost_reason text,
  custom_fields jsonb not null default '{}',
  search_text text not null default '',
  last_activity_at timestamptz,
  next_activity_at timestamptz,
  rotting_since timestamptz,
  deleted_at timestamptz,
  ${stamps},
  constraint deals_stage_fkey foreign key (stage_id, status) references stages (id, kind),
  constraint deals_closed_dated check ((status = 'open') = (actual_close_date is null)),
  constraint deals_probability_agrees check (status = 'open' or probability = case status when 'won' then 100 else 0 end)
);
create index deals_by_age on deals (created_at desc, id desc) where deleted_at is null;
create index deals_board on deals (pipeline_id, stage_id, position, id) where deleted_at is null;
create index deals_by_status on deals (status, created_at desc, id desc) where deleted_at is null;
create index deals_by_contact on deals (contact_id, id desc) where deleted_at is null;
create index deals_by_company on deals (company_id, id desc) where deleted_at is null;
create index deals_by_owner on deals (owner_id, created_at desc, id desc) where deleted_at is null;
create index deals_search on deals using gin (search_text gin_trgm_ops) with (gin_pending_list_limit = 256);

create table deal_stage_history (
  id uuid primary key,
  deal_id uuid not null references deals on delete cascade,
  stage_id uuid not null references stages,
  entered_at timestamptz not null,
  left_at timestamptz,
  moved_by uuid
);
create index deal_stage_history_by_deal on deal_stage_history (deal_id, entered_at);

with pipeline as (
  insert into pipelines (id, name, is_default, created_at, updated_at)
  values (gen_random_uuid(), 'Sales', true, now(), now()) returning id
)
insert into stages (id, pipeline_id, key, name, kind, probability, position, rot_days, created_at, updated_at)
select gen_random_uuid(), pipeline.id, s.key, s.name, s.kind, s.probability, s.position, s.rot_days, now(), now()
from pipeline, (values
  ('qualification', 'Qualification', 'open', 10, 1, 14),
  ('needs_analysis', 'Needs analysis', 'open', 20, 2, 14),
  ('proposal', 'Proposal', 'open', 50, 3, 14),
  ('negotiation', 'Negotiation', 'open', 75, 4, 14),
  ('closed_won', 'Closed won', 'won', 100, 5, null),
  ('closed_lost', 'Closed lost', 'lost', 0, 6, null)
) as s (key, name, kind, probability, position, rot_days);
`;

const activitiesAndTasks = `
create table activity_types (
  key text primary key,
  label text not null,
  counts_as_contact boolean not null,
  system boolean not null
);
insert into activity_types (key, label, counts_as_contact, system) values
  ('call', 'Call', true, false),
  ('email', 'Email', true, false),
  ('meeting', 'Meeting', true, false),
  ('note', 'Note', false, false),
  ('contact_created', 'Contact created', false, true),
  ('company_created', 'Company created', false, true),
  ('deal_created', 'Deal created', false, true),
  ('deal_stage_changed', 'Deal moved', false, true),
  ('deal_closed', 'Deal closed', false, true),
  ('deal_reopened', 'Deal reopened', false, true),
  ('task_completed', 'Task completed', false, true);

create table activities (
  id uuid primary key,
  type text not null constraint activities_type_fkey references activity_types,
  subject text not null,
  description text,
  contact_id uuid constraint activities_contact_id_fkey references contacts,
  company_id uuid constraint activities_company_id_fkey references companies,
  deal_id uuid constraint activities_deal_id_fkey references deals,
  owner_id uuid constraint activities_owner_id_fkey references users on delete set null,
  created_by uuid,
  activity_date timestamptz not null,
  duration int check (duration >= 0),
  direction text check (direction in ('in', 'out')),
  outcome text,
  source text not null check (source in ('user', 'email', 'webhook', 'calendar', 'automation', 'system')),
  source_key text,
  message_id uuid,
  deleted_at timestamptz,
  ${stamps}
);
create unique index activities_source_key on activities (source, source_key) where source_key is not null;
create index activities_by_age on activities (activity_date desc, id desc) where deleted_at is null;
create index activities_by_company on activities (company_id, activity_date desc, id desc)
  where company_id is not null and deleted_at is null;
create index activities_by_deal on activities (deal_id, activity_date desc, id desc)
  where deal_id is not null and deleted_at is null;
create index activities_by_message on activities (message_id) where message_id is not null;

create table activity_links (
  activity_id uuid not null references activities on delete cascade,
  contact_id uuid not null constraint activity_links_contact_id_fkey references contacts,
  activity_date timestamptz not null,
  primary key (activity_id, contact_id)
);
create index activity_links_timeline on activity_links (contact_id, activity_date desc, activity_id desc);

create table tasks (
  id uuid primary key,
  title text not null,
  description text,
  status text not null default 'pending' check (status in ('pending', 'in_progress', 'completed', 'cancelled')),
  priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
  due_date timestamptz,
  completed_at timestamptz,
  contact_id uuid constraint tasks_contact_id_fkey references contacts,
  company_id uuid constraint tasks_company_id_fkey references companies,
  deal_id uuid constraint tasks_deal_id_fkey references deals,
  assigned_to uuid constraint tasks_assigned_to_fkey references users on delete set null,
  created_by uuid,
  deleted_at timestamptz,
  ${stamps},
  constraint tasks_completed_dated check ((status = 'completed') = (completed_at is not null))
);
create index tasks_by_age on tasks (created_at desc, id desc) where deleted_at is null;
create index tasks_mine on tasks (assigned_to, due_date, id) where deleted_at is null and status in ('pending', 'in_progress');
create index tasks_by_contact on tasks (contact_id, id desc) where deleted_at is null;
create index tasks_by_deal on tasks (deal_id, due_date) where deleted_at is null;
create index tasks_by_company on tasks (company_id, id desc) where deleted_at is null;
`;
