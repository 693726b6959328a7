import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { lockDataDir } from '../../bin/stack/lock.ts';
import { startPostgres } from '../../bin/stack/postgres.ts';
import { asAdmin, databaseUrl, migrateTemplate, type TestDatabaseServer } from './database.ts';

interface Run {
  server: TestDatabaseServer;
  /** How many projects of this run use it. */
  users: number;
  close(keep: boolean): Promise<void>;
}

/** Each project loads this file anew, and all of them share one server. */
const shared = globalThis as { throughlineTestRun?: Promise<Run> | undefined };

const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };
const silent = { info: () => undefined, warn: console.warn, error: console.error };

/** Starts the one Postgres of the run, or uses the server that TEST_DATABASE_URL names, and makes the template. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.throughlineTestRun ??= begin(process.env.TEST_DATABASE_URL);
  const run = await shared.throughlineTestRun;
  run.users++;
  project.provide('databaseServer', run.server);
  return async () => {
    run.users--;
    if (run.users > 0) return;
    shared.throughlineTestRun = undefined;
    await run.close(project.vitest.state.getCountOfFailedTests() > 0);
  };
}

async function begin(givenUrl: string | undefined): Promise<Run> {
  const { adminUrl, place, stop } = givenUrl
    ? { adminUrl: givenUrl, place: givenUrl, stop: async () => undefined }
    : await embedded();
  const template = `template_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, (client) => client.query(`create database ${template} template template0 encoding 'UTF8'`));
  await migrateTemplate(databaseUrl(adminUrl, template));
  // Nobody can stand in the way of a copy then.
  await asAdmin(adminUrl, (client) => client.query(`alter database ${template} allow_connections false`));
  return {
    server: { adminUrl, template },
    users: 0,
    async close(keep) {
      await asAdmin(adminUrl, (client) => client.query(`drop database if exists ${template}`));
      if (keep) console.warn(`databases of failed tests are kept until the next run: ${place.replace(/:[^:@/]+@/, ':...@')}`);
      await stop();
    },
  };
}

/** One cluster per clone, used again by the next run; a second run at the same time has the next one. */
async function embedded(): Promise<{ adminUrl: string; place: string; stop: () => Promise<void> }> {
  const clone = createHash('sha256')
    .update(import.meta.dirname)
    .digest('hex')
    .slice(0, 8);
  for (let number = 1; ; number++) {
    const folder = join(tmpdir(), `throughline-tests-${clone}-${number}`);
    const lock = await lockDataDir(folder).catch(() => undefined);
    if (!lock && number < 20) continue;
    if (!lock) throw new Error(`no place for a test cluster: all of ${folder} and before are in use`);
    const dataDir = join(folder, 'postgres');
    const start = () => startPostgres({ dataDir, log: silent, settings });
    // Without fsync a machine that crashed may have left a broken cluster; there is nothing in it to lose.
    const postgres = await start().catch(() => {
      rmSync(dataDir, { recursive: true, force: true });
      return start();
    });
    const adminUrl = databaseUrl(postgres.url, 'postgres');
    await dropLeftovers(adminUrl);
    return { adminUrl, place: dataDir, stop: () => postgres.stop().finally(() => lock.release()) };
  }
}

async function dropLeftovers(adminUrl: string): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    const found = await client.query<{ name: string }>(
      `select datname as name from pg_database where datname ~ '^(test|template)_[0-9a-f]{12}$'`,
    );
    for (const { name } of found.rows) await client.query(`drop database ${name} with (force)`);
  });
}
