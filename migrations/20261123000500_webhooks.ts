import { Migration } from '@mikro-orm/migrations';

/** Webhooks in (sources, receipts, samples of what was refused) and out (endpoints, deliveries, attempts). */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(incoming);
    this.addSql(outgoing);
    this.addSql(lookups);
  }
}

const stamps = `created_at timestamptz not null, updated_at timestamptz not null, version int not null default 1`;

/** Receipts name their source without a foreign key: its check would lock the one row of a busy source for every insert. */
const incoming = `
create table webhook_sources (
  id uuid primary key,
  name text not null,
  preset text not null,
  scheme jsonb not null default '{}',
  secret bytea not null,
  previous_secret bytea,
  previous_secret_until timestamptz,
  mapping text not null,
  mapping_version int not null default 1,
  disabled_at timestamptz,
  deleted_at timestamptz,
  created_by uuid,
  ${stamps}
);
create index webhook_sources_by_age on webhook_sources (created_at desc, id desc) where deleted_at is null;

create table webhook_receipts (
  id uuid primary key,
  source_id uuid not null,
  dedupe_key text not null,
  body bytea not null,
  headers jsonb not null,
  received_at timestamptz not null,
  state text not null default 'received' check (state in ('received', 'done', 'failed', 'skipped')),
  error text,
  mapping_version int,
  contact_id uuid,
  activity_id uuid,
  processed_at timestamptz
);
create unique index webhook_receipts_dedupe_key on webhook_receipts (source_id, dedupe_key);
create index webhook_receipts_by_source on webhook_receipts (source_id, received_at desc, id desc);
create index webhook_receipts_failed on webhook_receipts (source_id, received_at desc, id desc) where state = 'failed';

create table webhook_rejections (
  id uuid primary key,
  source_id uuid not null,
  reason text not null,
  headers jsonb not null,
  body bytea not null,
  rejected_at timestamptz not null
);
create index webhook_rejections_by_source on webhook_rejections (source_id, rejected_at desc, id desc);

insert into activity_types (key, label, counts_as_contact, system) values ('webhook', 'Webhook', false, false);
`;

const outgoing = `
create table webhook_endpoints (
  id uuid primary key,
  url text not null,
  description text,
  event_types text[],
  secret bytea not null,
  previous_secret bytea,
  previous_secret_until timestamptz,
  owner_id uuid constraint webhook_endpoints_owner_id_fkey references users on delete set null,
  role_key text references roles,
  disabled_at timestamptz,
  disabled_reason text check (disabled_reason in ('user', 'gone', 'failing')),
  failing_since timestamptz,
  deleted_at timestamptz,
  ${stamps}
);
create index webhook_endpoints_by_age on webhook_endpoints (created_at desc, id desc) where deleted_at is null;

create table webhook_deliveries (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoints,
  event_id uuid not null,
  event_type text not null,
  event_position bigint,
  test_body text,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'gone')),
  attempts int not null default 0,
  next_attempt_at timestamptz,
  last_status int,
  last_error text,
  created_at timestamptz not null,
  settled_at timestamptz
);
create unique index webhook_deliveries_once on webhook_deliveries (endpoint_id, event_id);
create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint_id, created_at desc, id desc);
create index webhook_deliveries_failed on webhook_deliveries (endpoint_id, created_at desc, id desc) where state = 'failed';
create index webhook_deliveries_waiting on webhook_deliveries (endpoint_id, created_at) where state = 'pending';

create table webhook_attempts (
  id uuid primary key,
  delivery_id uuid not null references webhook_deliveries on delete cascade,
  at timestamptz not null,
  status int,
  ms int not null,
  error text,
  response text,
  response_truncated boolean not null default false
);
create index webhook_attempts_by_delivery on webhook_attempts (delivery_id, at desc, id desc);
`;

/** What a mapping finds contacts and companies by, beside the address. */
const lookups = `
create index contacts_by_phone on contacts (phone_normal) where phone_normal is not null and deleted_at is null;
create index contacts_by_mobile on contacts (mobile_normal) where mobile_normal is not null and deleted_at is null;
create index companies_by_folded_name on companies (lower(name)) where deleted_at is null;
`;
