import { Migration } from '@mikro-orm/migrations';

/** Names that are a slip away from what was typed, by an index of what both have in common. */
export class Slips extends Migration {
  override up(): void {
    this.addSql(keys);
    for (const table of ['contacts', 'companies', 'deals'])
      this.addSql(`create index ${table}_slips on ${table} using gin (slip_keys(search)) with (gin_pending_list_limit = 256)`);
  }
}

/**
 * A name's words, and each word without one of its letters: two words have one of these in common when a letter more, fewer or another, or
 * two letters that changed places, is all between them. Doubled letters count once. Keys share 4 million values, so that the index of a
 * million different names stays small; who asks compares what is found. The cost keeps Postgres from computing it for every row.
 */
const keys = `
create function slip_keys(given tsvector) returns int[] language plpgsql immutable parallel safe cost 1000 as $$
declare
  keys int[] := '{}';
  word text;
begin
  foreach word in array tsvector_to_array(ts_filter(given, '{a}')) loop
    word := regexp_replace(word, '(.)\\1+', '\\1', 'g');
    continue when length(word) not between 3 and 30 or word ~ '[0-9]';
    keys := keys || (hashtext(word) & 4194303);
    if length(word) > 3 then
      for n in 1 .. length(word) loop
        keys := keys || (hashtext(left(word, n - 1) || substr(word, n + 1)) & 4194303);
      end loop;
    end if;
  end loop;
  return keys;
end $$;
`;
