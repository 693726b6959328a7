import { Migration } from '@mikro-orm/migrations';

/** Records that may be about the same person or company: the keys by which they are found, and the pairs that people review. */
export class Duplicates extends Migration {
  override up(): void {
    this.addSql(`
create function name_key(given text) returns text language sql immutable parallel safe as
  $$ select array_to_string(tsvector_to_array(to_tsvector('public.throughline'::regconfig, public.search_words(given))), ' ') $$;

create table duplicate_keys (
  key bigint not null,
  record_id uuid not null,
  primary key (key, record_id)
);
create index duplicate_keys_by_record on duplicate_keys (record_id);

create table duplicate_pairs (
  id uuid primary key,
  object text not null check (object in ('contact', 'company')),
  one_id uuid not null,
  other_id uuid not null,
  score int not null,
  reasons text[] not null,
  dismissed_at timestamptz,
  dismissed_by uuid,
  created_at timestamptz not null,
  unique (one_id, other_id),
  check (one_id < other_id)
);
create index duplicate_pairs_by_other on duplicate_pairs (other_id);
create index duplicate_pairs_to_review on duplicate_pairs (object, score desc, id desc) where dismissed_at is null;

insert into consumers (name, position) values ('duplicates', 0);
`);
  }
}
