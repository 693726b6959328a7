import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { createCommits } from '../src/commits.ts';
import { type Config, readConfig } from '../src/config.ts';
import { type Context, rootCause, rowOf, type Services, systemActor, transact } from '../src/context.ts';
import { migrate, openDatabase, SQL } from '../src/database.ts';
import { pointedTo } from '../src/editing/editable.ts';
import { rememberCustomFields } from '../src/fields/remembered.ts';
import { CreateUser } from '../src/identity/identity.schema.ts';
import { createKey } from '../src/identity/keys.ts';
import { giveLink } from '../src/identity/links.ts';
import { createUser } from '../src/identity/users.ts';
import type { Ports } from '../src/ports.ts';
import { rememberRecordSettings } from '../src/settings.ts';
import { lockDataDir } from './stack/lock.ts';
import { startPostgres } from './stack/postgres.ts';
import { isAlive } from './stack/process.ts';
import { StackError } from './stack/report.ts';

/** `throughline migrate` */
export async function migrateCommand(): Promise<void> {
  await withDatabase(readConfig(), async ({ url }) => {
    const applied = await migrate(url);
    console.log(applied.length === 0 ? 'The database has the newest schema.' : `Applied ${applied.join(', ')}.`);
  });
}

type ShippedRole = 'admin' | 'manager' | 'rep' | 'viewer';

/** `throughline user create` */
export async function createUserCommand(options: {
  email: string;
  name: string;
  role: ShippedRole;
  password?: string;
}): Promise<void> {
  const password = options.password ?? randomBytes(15).toString('base64url');
  const input = CreateUser.safeParse({ ...options, password });
  if (!input.success)
    throw new StackError(input.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));
  await asOperator((ctx) => createUser(ctx, input.data));
  console.log(options.password === undefined ? `Made ${options.email} with the password ${password}` : `Made ${options.email}.`);
}

/** `throughline user reset-link`: prints a link that lets a user set a password and in, whatever ways are switched off. */
export async function resetLinkCommand({ email }: { email: string }): Promise<void> {
  const { publicUrl, port } = readConfig();
  const link = await asOperator(async (ctx) => {
    const user = await rowOf<{ id: string }>(ctx, SQL`select id from users where lower(email) = lower(${email})`);
    if (user === undefined) throw new StackError(`There is no user ${email}.`);
    return giveLink(ctx, user.id, { shown: true });
  });
  console.log((publicUrl?.replace(/\/+$/, '') ?? `http://127.0.0.1:${port}`) + link.path);
}

/** `throughline key create`: prints the key and nothing else. */
export async function createKeyCommand(options: { name: string; role: ShippedRole }): Promise<void> {
  const { key } = await asOperator((ctx) => createKey(ctx, { name: options.name, role: options.role }));
  console.log(key);
}

/** Runs one deed as the operator of this machine, in a migrated database. */
const asOperator = <T>(deed: (ctx: Context) => Promise<T>): Promise<T> =>
  withServices((services) => transact(services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, deed));

/** Services on a migrated database, for deeds that call no engine. */
export async function withServices<T>(work: (services: Services, database: FoundDatabase) => Promise<T>): Promise<T> {
  const config = readConfig();
  return withDatabase(config, async (database) => {
    const { url } = database;
    await migrate(url);
    const db = await openDatabase({ url, poolSize: 2, name: 'throughline-cli' });
    try {
      const ports = quiet as Ports; // such deeds call no engine
      return await work({ db, ports, config, log: pino({ level: 'silent' }), now: () => new Date() }, database);
    } finally {
      await db.close();
    }
  });
}

const commits = createCommits();
const live: Ports['live'] = { subscribe: () => () => {} }; // nobody else writes meanwhile

/** What deeds of a command need: the log and the queues are served by the running hub. */
const quiet: Pick<Ports, 'commits' | 'queues' | 'customFields' | 'recordSettings'> = {
  commits,
  queues: { wake: () => {} },
  customFields: rememberCustomFields({ commits, live }, pointedTo),
  recordSettings: rememberRecordSettings({ commits, live }),
};

/** A database that can be used now. `keyDir` is where the key file is, of an embedded one. */
export interface FoundDatabase {
  url: string;
  keyDir: string | undefined;
}

/** The configured database, that of the hub running on this data folder, or the embedded one started for as long as it takes. */
export async function withDatabase<T>(config: Config, work: (database: FoundDatabase) => Promise<T>): Promise<T> {
  if (config.databaseUrl !== undefined) return work({ url: config.databaseUrl, keyDir: undefined });
  const running = await runningDatabase(config);
  if (running !== undefined) return work(running);
  const lock = await lockDataDir(config.dataDir);
  const log = pino({ level: 'warn' }, pino.destination(2));
  try {
    const postgres = await startPostgres({ dataDir: join(config.dataDir, 'postgres'), log });
    try {
      return await work({ url: postgres.url, keyDir: postgres.dataDir });
    } finally {
      await postgres.stop();
    }
  } finally {
    await lock.release();
  }
}

async function runningDatabase(config: Config): Promise<FoundDatabase | undefined> {
  const text = await readFile(join(config.dataDir, 'runtime.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, ...database } = JSON.parse(text) as FoundDatabase & { pid: number }; // written by start
  return isAlive(pid) ? database : undefined;
}
