import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { rowsOf } from '../../src/context.ts';
import { migrate, openDatabase, pendingMigrations, SQL } from '../../src/database.ts';
import { asAdmin, databaseUrl } from '../support/database.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
const made: string[] = [];
beforeAll(async () => {
  hub = await startHub();
});
afterAll(async () => {
  await hub.stop();
  for (const name of made)
    await asAdmin(inject('databaseServer').adminUrl, (client) => client.query(`drop database ${name} with (force)`));
});

async function emptyDatabase(options = "encoding 'UTF8'"): Promise<string> {
  const { adminUrl } = inject('databaseServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, (client) => client.query(`create database ${name} template template0 ${options}`));
  made.push(name);
  return databaseUrl(adminUrl, name);
}

/** What Postgres calls a type, by what entities call it. */
const sameType: Record<string, string> = {
  'varchar(255)': 'text',
  'char(36)': 'uuid',
  'timestamptz(6)': 'timestamp with time zone',
  timestamptz: 'timestamp with time zone',
  int: 'integer',
  jsonb: 'jsonb',
  boolean: 'boolean',
};

it('gives every property of every entity a column of its type, nullable as the entity says', async () => {
  const columns = await hub.deed((ctx) =>
    rowsOf<{ table: string; column: string; type: string; nullable: boolean }>(
      ctx,
      SQL`select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
          from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = 'public' and a.attnum > 0 and not a.attisdropped`,
    ),
  );
  const known = new Map(columns.map((column) => [`${column.table}.${column.column}`, column]));
  const faults: string[] = [];
  const entities = [...hub.services.db.orm.getMetadata().getAll().values()];
  expect(entities.length).toBeGreaterThan(4);
  for (const { tableName, props } of entities) {
    for (const property of props.filter((one) => one.fieldNames?.[0] !== undefined)) {
      const name = `${tableName}.${property.fieldNames[0]}`;
      const column = known.get(name);
      const type = property.columnTypes[0] ?? '';
      const plain = (text: string) => (sameType[text] ?? text).replace('character(', 'char(');
      if (column === undefined) faults.push(`${name} has no column`);
      else if (plain(type) !== plain(column.type) && !(type === 'text' && /^char/.test(plain(column.type))))
        faults.push(`${name}: ${type} is ${column.type}`);
      else if (column.nullable !== (property.nullable ?? false)) faults.push(`${name}: nullable is ${column.nullable}`);
    }
  }
  expect(faults).toEqual([]);
});

it('does nothing the second time, and two at once both come through', async () => {
  const url = await emptyDatabase();
  const both = await Promise.all([migrate(url), migrate(url)]);
  expect(both.map((applied) => applied.length > 0).sort()).toEqual([false, true]);
  expect(await migrate(url)).toEqual([]);
});

it('says which migrations a database lacks', async () => {
  const url = await emptyDatabase();
  const db = await openDatabase({ url });
  try {
    const lacking = await pendingMigrations(db);
    expect(lacking.length).toBeGreaterThan(1);
    expect(lacking).toEqual([...lacking].sort());
    expect(await migrate(url)).toEqual(lacking);
    expect(await pendingMigrations(db)).toEqual([]);
  } finally {
    await db.close();
  }
});

it('refuses a database that is not UTF8 in one plain line', async () => {
  const url = await emptyDatabase("encoding 'SQL_ASCII' locale_provider libc locale 'C'");
  await expect(migrate(url)).rejects.toThrow(/^The database is encoded in SQL_ASCII; Throughline needs UTF8: [^\n]+$/);
});

it('names every constraint that a caller may break, so that errors can say what it means', async () => {
  const unnamed = await hub.deed((ctx) =>
    rowsOf<{ name: string }>(
      ctx,
      SQL`select conrelid::regclass || '.' || conname as name from pg_constraint
          where contype = 'f' and connamespace = 'public'::regnamespace and conname !~ '_fkey\\d*$'`,
    ),
  );
  expect(unnamed.filter(({ name }) => !/bullmq|bull/.test(name))).toEqual([]);
});
