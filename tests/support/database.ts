import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/database.ts';
import { eventually } from './wait.ts';

/** What the run's setup tells the test files: the server and the database to copy. */
export interface TestDatabaseServer {
  /** The maintenance database, as a user who may create databases. */
  adminUrl: string;
  template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: TestDatabaseServer;
  }
}

export interface TestDatabase {
  url: string;
  /** Drops it, with whoever is still connected; keeps it when a test of this file has failed. */
  drop(): Promise<void>;
}

let hasFailed = false;

/** Brings the empty template database to the newest schema; every test database is a copy of it. */
export async function migrateTemplate(url: string): Promise<void> {
  await migrate(url);
}

/** A database of one's own with the newest schema, copied from the template in about 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = inject('databaseServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, (client) =>
    // 55006: something is connected to the template, autovacuum for one.
    eventually(() => client.query(`create database ${name} template ${template}`).then(() => true, onlyWhenBusy)),
  );
  return {
    url: databaseUrl(adminUrl, name),
    async drop() {
      if (hasFailed) console.warn(`a test failed, its database is kept: ${name}`);
      else await asAdmin(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Called after each failed test of the file. */
export function keepDatabases(): void {
  hasFailed = true;
}

/** The same server's address with another database. */
export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs the work on a connection of its own. */
export async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function onlyWhenBusy(error: unknown): false {
  if ((error as { code?: string }).code === '55006') return false;
  throw error;
}
