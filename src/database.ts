import { readdir } from 'node:fs/promises';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type EntityManager, MikroORM, type Options } from '@mikro-orm/postgresql';
import { runMigrations } from 'bullmq';
import { type Kysely, type RawBuilder, sql as SQL } from 'kysely';
import pg from 'pg';
import { entities } from './entities.ts';
import { PipelinedClient } from './pg-client.ts';

export { SQL };

/** A Kysely bound to a pool or to a transaction. Statements are written with the `SQL` tag, rows are typed where they are read. */
export type Executor = Pick<Kysely<unknown>, 'executeQuery' | 'getExecutor'>;

/** The process-wide handle of the database: the ORM, its pool, and the address for connections of a kind of their own. */
export interface Database {
  readonly url: string;
  readonly orm: MikroORM;
  /** The pool, for reads outside any transaction. */
  readonly reads: Executor;
  /** A connection outside the pool, for LISTEN and for locks that outlive a statement, with settings of its own. The caller ends it. */
  connect(name: string, settings?: string): Promise<pg.Client>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  /** Connections of the pool; 10 unless told. The README adds them up per role. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  name?: string;
  /** Limit of one statement; 30 s unless told. */
  statementTimeoutMs?: number;
}

/** Limit of a transaction that its holder has left standing (a killed process, a paused laptop). */
const idleInTransactionMs = 10_000;

/** Opens the pool; nothing is migrated or checked here. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init(ormOptions(options));
  return {
    url: options.url,
    orm,
    reads: kyselyOf(orm.em.fork()),
    async connect(name, settings) {
      const client = new pg.Client({ connectionString: options.url, application_name: name, keepAlive: true, options: settings });
      client.on('error', () => {}); // a dropped connection also rejects what runs on it
      await client.connect();
      return client;
    },
    close: () => orm.close(true),
  };
}

function ormOptions({ url, poolSize = 10, name = 'throughline', statementTimeoutMs = 30_000 }: DatabaseOptions): Options {
  return defineConfig({
    clientUrl: url,
    entities,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    driverOptions: {
      Client: PipelinedClient,
      pipeline: true,
      application_name: name,
      keepAlive: true,
      // What jsonOf writes is in the session's zone; lists read parts in their order; many short statements gain nothing from the other
      // three: to remember the companies of a page's rows takes longer than to look each up. A page of a table is as cheap at random as in turn,
      // being in memory or on an SSD: at the 4 of a spinning disk, all companies were read to name those of one page.
      options: '-c timezone=UTC -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c jit=off -c enable_memoize=off',
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      connectionTimeoutMillis: 15_000,
      maxLifetimeSeconds: 1_800, // plans of the past go with it
    },
    forceUtcTimezone: true,
    ensureDatabase: false,
    allowGlobalContext: false,
    debug: false,
    logger: () => {},
  });
}

/** The Kysely of an entity manager: its transaction's, or the pool's. Slices use `sql(ctx)` instead, which flushes first. */
export const kyselyOf = (em: EntityManager): Kysely<unknown> => em.getKysely<unknown>();

/** Runs a statement and gives its rows. */
export async function rowsFrom<Row>(db: Executor, statement: RawBuilder<Row>): Promise<Row[]> {
  return (await statement.execute(db as Kysely<unknown>)).rows; // Executor is the part of Kysely that this needs
}

const migrationLock = 7_146_001;

/**
 * Brings a database to the newest schema, under an advisory lock on a connection of its own, so that two at once wait for each other.
 * Refuses a database that is not UTF8. Gives the names of what was applied.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'throughline-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await refuseOtherEncodings(client);
    await runMigrations(client);
    return await applyPending(url);
  } finally {
    await client.end();
  }
}

async function applyPending(url: string): Promise<string[]> {
  const orm = await MikroORM.init({
    ...ormOptions({ url, poolSize: 2, name: 'throughline-migrate' }),
    driverOptions: { lock_timeout: 3_000 },
    migrations: { migrationsList: await migrationsOnDisk(), snapshot: false, disableForeignKeys: false, silent: true },
  });
  try {
    return (await orm.migrator.up()).map((migration) => migration.name);
  } finally {
    await orm.close(true);
  }
}

/** Names of the migrations that the database still lacks; empty when the schema is the code's. */
export async function pendingMigrations(db: Database): Promise<string[]> {
  const known = (await migrationsOnDisk()).map((migration) => migration.name);
  const { rows } = await SQL<{ present: boolean }>`select to_regclass('mikro_orm_migrations') is not null as present`.execute(
    kyselyOf(db.orm.em.fork()),
  );
  if (!rows[0]?.present) return known;
  const applied = await SQL<{ name: string }>`select name from mikro_orm_migrations`.execute(kyselyOf(db.orm.em.fork()));
  const names = new Set(applied.rows.map((row) => row.name));
  return known.filter((name) => !names.has(name));
}

const migrationsFolder = new URL('../migrations/', import.meta.url);

/** Each file holds one class; the file's name, which begins with its date, is the migration's. */
async function migrationsOnDisk(): Promise<{ name: string; class: never }[]> {
  const files = (await readdir(migrationsFolder)).filter((file) => /^\d{14}_.*\.ts$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const module = (await import(new URL(file, migrationsFolder).href)) as Record<string, unknown>;
      return { name: file.replace(/\.ts$/, ''), class: Object.values(module)[0] as never }; // the migrator's own constructor type
    }),
  );
}

async function refuseOtherEncodings(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    'select pg_encoding_to_char(encoding) as encoding from pg_database where datname = current_database()',
  );
  if (rows[0]?.encoding !== 'UTF8') {
    throw new Error(`The database is encoded in ${rows[0]?.encoding}; Throughline needs UTF8: create it with "encoding 'UTF8'".`);
  }
}
