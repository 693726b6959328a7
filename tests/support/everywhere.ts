import type { Hub } from './hub.ts';

/** A place of the database where a word was found. */
export interface Found {
  place: string;
  row: string;
}

/**
 * Looks for words, whatever their case, in every column of every table of every schema that is ours, those of the queues too, whatever its
 * type: each row is read as text, and bytes moreover as what they spell.
 */
export async function foundEverywhere(hub: Hub, words: readonly string[]): Promise<Found[]> {
  const client = await hub.services.db.connect('test-everywhere');
  try {
    const { rows: columns } = await client.query<{ schema: string; name: string; column: string; type: string }>(
      `select n.nspname as schema, c.relname as name, a.attname as column, t.typname as type
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
         join pg_type t on t.oid = a.atttypid
       where c.relkind = 'r' and not a.attisdropped and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
    );
    const found: Found[] = [];
    for (const { schema, name, column, type } of columns) {
      const text = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
      const { rows } = await client.query<{ row: string }>(
        `select left(${text}, 300) as row from "${schema}"."${name}" where lower(${text}) like any($1)`,
        [words.map((word) => `%${word.toLowerCase()}%`)],
      );
      found.push(...rows.map(({ row }) => ({ place: `${name}.${column}`, row })));
    }
    return found;
  } finally {
    await client.end();
  }
}
