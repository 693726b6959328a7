import { Migration } from '@mikro-orm/migrations';

/** Erasures of persons with their receipts, what is kept of erased addresses, and how words are taken out of what stays. */
export class Erasures extends Migration {
  override up(): void {
    this.addSql(erasures);
    this.addSql(words);
  }
}

const erasures = `
create table erasures (
  id uuid primary key,
  contact_id uuid not null constraint erasures_contact_id_key unique,
  state text not null check (state in ('running', 'done')),
  step text not null,
  cursor text,
  subject bytea,
  contents text[] not null default '{}',
  counts jsonb not null default '{}',
  requested_by uuid,
  requested_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  constraint erasures_forget check ((state = 'done') = (subject is null))
);
create index erasures_by_age on erasures (requested_at desc, id desc);
create index erasures_running on erasures (updated_at) where state = 'running';

create table erased_addresses (
  address_hash bytea primary key,
  erasure_id uuid not null references erasures,
  erased_at timestamptz not null
);
create index erased_addresses_by_erasure on erased_addresses (erasure_id);

alter table contacts add column erased_at timestamptz;

create index events_of_files on events ((data->>'recordId')) where type = 'file.attached';

-- Throws unless a new contact's address may be one: by its hash, or, for who does not know the key yet, since nobody was ever erased.
-- Volatile, so that it sees what was committed while the statement that asks waited.
create function admit_contact(hash bytea) returns boolean language plpgsql volatile as $$
begin
  if hash is null then
    if exists (select 1 from erased_addresses) then
      raise exception 'nobody has asked for the key yet' using errcode = 'check_violation', constraint = 'contacts_admission_unknown';
    end if;
  elsif exists (select 1 from erased_addresses where address_hash = hash) then
    raise exception 'erased' using errcode = 'unique_violation', constraint = 'erased_addresses_pkey';
  end if;
  return true;
end $$;
`;

/** \`pattern\` is a regular expression of all that a person is known by, made by the hub. */
const words = `
create function erased_text(given text, pattern text) returns text language sql immutable parallel safe as
$$ select regexp_replace(given, pattern, '[erased]', 'gi') $$;

create function erased_json(given jsonb, pattern text) returns jsonb language sql immutable parallel safe as
$$ select regexp_replace(given::text, pattern, '[erased]', 'gi')::jsonb $$;

-- Which fields changed stays, what they held goes; so do the texts that an event has beside its changes.
create function erased_event(data jsonb) returns jsonb language sql immutable parallel safe as $$
  select data
    || case when data ? 'changes' then jsonb_build_object('changes',
         (select coalesce(jsonb_object_agg(key, '{"from":null,"to":null}'::jsonb), '{}') from jsonb_each(data->'changes'))) else '{}' end
    || (select coalesce(jsonb_object_agg(key, '[erased]'), '{}') from unnest(array['title', 'name', 'externalId']) as key where data ? key)
$$;
`;
