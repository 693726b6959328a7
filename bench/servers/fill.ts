import type pg from 'pg';

/** Ids that a bench asks for. */
export interface Filled {
  contacts: string[];
  companies: string[];
  /** A contact with a long timeline. */
  busy: string;
  pipeline: string;
  /** Keys of its open stages. */
  stages: string[];
}

const longTimeline = 50_000;
const openDeals = 5_000;

/** Fills a migrated database: contacts, a tenth as many companies, three activities each, a board of 5,000 open deals, one busy contact. */
export async function fillCrm(client: pg.Client, contacts: number): Promise<Filled> {
  const indexes = await client.query<{ name: string; def: string }>(
    `select indexname as name, indexdef as def from pg_indexes join pg_class on relname = indexname join pg_index on indexrelid = pg_class.oid
     where tablename in ('contacts', 'companies', 'activities', 'activity_links', 'contact_emails') and not indisunique`,
  );
  // A million rows into thirty indexes take minutes; thirty indexes over a million rows take one.
  for (const { name } of indexes.rows) await client.query(`drop index ${name}`);
  await client.query(`set statement_timeout = 0; set maintenance_work_mem = '512MB'; set synchronous_commit = off`);
  for (const [text, values] of rowsOf(contacts)) await client.query(text, values);
  for (const { def } of indexes.rows) await client.query(def);
  await client.query('vacuum analyze');
  const ids = await client.query<{ id: string }>('select id from contacts order by md5(id::text) limit 2000');
  const companies = await client.query<{ id: string }>('select id from companies order by md5(id::text) limit 200');
  const busy = await client.query<{ id: string }>('select id from contacts where last_name = $1', [lastName(1)]);
  const stages = await client.query<{ key: string; pipeline: string }>(
    "select stages.key, pipeline_id as pipeline from stages join pipelines on pipelines.id = pipeline_id where is_default and kind = 'open'",
  );
  return {
    contacts: ids.rows.map(({ id }) => id),
    companies: companies.rows.map(({ id }) => id),
    busy: busy.rows[0]?.id ?? '',
    pipeline: stages.rows[0]?.pipeline ?? '',
    stages: stages.rows.map(({ key }) => key),
  };
}

/** Names that are not all alike, so that a search finds some and not all. */
const syllables = `array['ka','lo','mi','ren','tas','vel','dor','an','qui','sef','bor','lin','ost','hag','wim','jur','pel','zan','eck','yth']`;
const syllable = (n: string) => `(${syllables})[1 + (${n}) % 20]`;
const name = (n: string) =>
  `initcap(${[`${n}`, `${n} / 20`, `${n} / 400`, `${n} / 8000`, `${n} / 160000`].map(syllable).join(' || ')})`;

/** A number below `many` that has nothing to do with the others of the same row. */
const scattered = (n: string, many: number | string) => `abs(hashint4((${n})::int)::bigint) % ${many}`;

/** The last name of the nth contact, as `rowsOf` makes it. */
function lastName(n: number): string {
  const all = 'ka lo mi ren tas vel dor an qui sef bor lin ost hag wim jur pel zan eck yth'.split(' ');
  const parts = [1, 20, 400, 8_000, 160_000].map((by) => all[Math.floor(n / by) % 20] ?? '');
  const joined = parts.join('');
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

/** An id as ours are, by when a row was made: those made together lie together, since rows are inserted in that order. */
const idOf = (age: string) => `uuidv7(-(${age}))`;

function rowsOf(contacts: number): [string, unknown[]][] {
  return [
    [
      `insert into companies (id, name, industry, city, search_text, created_at, updated_at)
       select ${idOf("n * interval '10 minutes'")}, ${name('n * 7')} || ' GmbH', 'Industry ' || n % 40, 'City ' || n % 300, lower(${name('n * 7')}),
         now() - n * interval '10 minutes', now() from generate_series(1, $1::int / 10) n order by n desc`,
      [contacts],
    ],
    [
      `insert into contacts (id, first_name, last_name, email, phone, phone_normal, city, title, lifecycle_stage, company_id, search_text, created_at, updated_at)
       select ${idOf("n * interval '1 minute'")}, ${syllable('n * 3')} || n % 90, ${name('n')}, 'p' || n || '@' || n % 5000 || '.example', '+43 1 ' || n, '+431' || n,
         'City ' || ${scattered('n', 150)}, 'Title ' || ${scattered('n + 7', 90)},
         case ${scattered('n + 3', 4)} when 0 then 'lead' when 1 then 'customer' end, c.id, lower(${name('n')}) || ' p' || n,
         now() - n * interval '1 minute', now() - (n % 1000) * interval '1 hour'
       from generate_series(1, $1::int) n join (select id, row_number() over () as i from companies) c on c.i = 1 + ${scattered('n + 11', 'greatest($1::int / 10, 1)')}
       order by n desc`,
      [contacts],
    ],
    [
      `insert into contact_emails (id, contact_id, address, address_normal, is_primary)
       select ${idOf('now() - created_at')}, id, email, email, true from contacts`,
      [],
    ],
    [
      `insert into activities (id, type, subject, contact_id, activity_date, source, created_at, updated_at)
       select ${idOf("now() - c.created_at - k * interval '1 day'")}, (array['call', 'note', 'meeting'])[k], 'Talk ' || k || ' about ' || c.last_name, c.id, c.created_at + k * interval '1 day', 'user', now(), now()
       from contacts c cross join generate_series(1, 3) k order by c.created_at + k * interval '1 day'`,
      [],
    ],
    [
      `insert into activities (id, type, subject, contact_id, activity_date, source, created_at, updated_at)
       select ${idOf("k * interval '1 minute'")}, 'note', 'Note ' || k, c.id, now() - k * interval '1 minute', 'user', now(), now()
       from contacts c cross join generate_series(1, $2::int) k where c.last_name = $1`,
      [lastName(1), longTimeline],
    ],
    [
      'insert into activity_links (activity_id, contact_id, activity_date) select id, contact_id, activity_date from activities where contact_id is not null',
      [],
    ],
    [
      `insert into deals (id, name, amount, pipeline_id, stage_id, status, probability, position, stage_entered_at, contact_id, company_id, search_text, created_at, updated_at)
       select ${idOf("c.n * interval '1 minute'")}, 'Deal ' || c.n, c.n * 10, s.pipeline_id, s.id, 'open', s.probability, c.n, now(), c.id, c.company_id, 'deal ' || c.n, now() - c.n * interval '1 minute', now()
       from (select id, company_id, row_number() over () as n from contacts limit $1::int) c
         join (select stages.*, row_number() over (order by stages.position) - 1 as i from stages join pipelines on pipelines.id = pipeline_id
               where is_default and kind = 'open') s on s.i = c.n % 4`,
      [openDeals],
    ],
  ];
}
