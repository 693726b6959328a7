import { Migration } from '@mikro-orm/migrations';

/** What search looks through: a stored vector per table, made by Postgres of the row's own columns. */
export class Search extends Migration {
  override up(): void {
    this.addSql(words);
    for (const table of Object.keys(vectors)) {
      const search = vectors[table];
      this.addSql(`alter table ${table} add column search tsvector generated always as (${search}) stored`);
      this.addSql(
        `create index ${table}_words on ${table} using gin (search) with (gin_pending_list_limit = 256) where search is not null`,
      );
    }
  }
}

/**
 * Words without accents and case. What joins words to addresses and paths parts them, so that each is found by its parts; Chinese, Japanese and Korean
 * characters stand alone, so that any part of a name is a phrase. A number's digits stand there backwards too: its end is a prefix then.
 */
const words = `
create text search configuration throughline (copy = simple);
alter text search configuration throughline alter mapping for asciiword, word, numword, asciihword, hword, numhword,
  hword_asciipart, hword_part, hword_numpart with unaccent, simple;

create function search_words(given text) returns text language plpgsql immutable parallel safe as $$
begin
  given := regexp_replace(given, '[-@._+/\\\\&<:]', ' ', 'g');
  if octet_length(given) = length(given) then return given; end if;
  return regexp_replace(normalize(given, NFC), '([\\u3005\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff])', ' \\1 ', 'g');
end $$;

create function search_values(given jsonb) returns text language plpgsql immutable parallel safe as $$
begin
  if given = '{}' then return ''; end if;
  return replace(jsonb_path_query_array(given, '$.** ? (@.type() == "string")')::text, '\\n', ' ');
end $$;

create function search_number(normal text, typed text) returns text language plpgsql immutable parallel safe as $$
declare digits text;
begin
  if normal is null and typed is null then return ''; end if;
  digits := regexp_replace(split_part(coalesce(normal, typed), ';', 1), '[^0-9]', '', 'g');
  return ' ' || digits || ' r' || reverse(digits);
end $$;

create function search_vector(a text, b text default '', d text default '') returns tsvector language plpgsql immutable parallel safe as $$
declare vector tsvector := setweight(to_tsvector('public.throughline'::regconfig, public.search_words(a)), 'A');
begin
  if b <> '' then vector := vector || setweight(to_tsvector('public.throughline'::regconfig, public.search_words(b)), 'B'); end if;
  if d <> '' then vector := vector || to_tsvector('public.throughline'::regconfig, public.search_words(left(d, 100000))); end if;
  return vector;
end $$;
`;

const text = (...columns: string[]): string => columns.map((column) => `coalesce(${column}, '')`).join(` || ' ' || `);

const vectors: Record<string, string> = {
  contacts: `search_vector(${text('first_name', 'last_name')}, search_text || ' ' || ${text('title', 'department')}
    || search_number(phone_normal, phone) || search_number(mobile_normal, mobile), search_values(custom_fields))`,
  companies: `search_vector(name, ${text('domain', 'website', 'industry', 'city')} || search_number(null, phone), search_values(custom_fields))`,
  deals: `search_vector(name, '', search_values(custom_fields))`,
  activities: `case when source = 'system' or message_id is not null then null else
    search_vector(subject, ${text('outcome')}, ${text('description')} || ' ' || search_values(custom_fields)) end`,
  tasks: `search_vector(title, '', ${text('description')} || ' ' || search_values(custom_fields))`,
  messages: `search_vector(subject, '', text)`,
  files: `search_vector(name)`,
};
