import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres, type PostgresPlace } from './postgres-binaries.ts';
import { becomes, commandOf, endProcess, freePort, isAlive, type SpawnedServer, spawnServer } from './process.ts';
import { StackError, type StackLog } from './report.ts';

export interface PostgresOptions {
  /** Holds the cluster, its password, socket and log. The caller holds the lock on it: whatever runs there is stopped. */
  dataDir: string;
  log: StackLog;
  /** Further settings of the server, such as `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres {
  /** With user and password, of the database `throughline`. */
  url: string;
  pid: number;
  /** Where the data really are: elsewhere than asked when we are root and Postgres cannot reach that place. */
  dataDir: string;
  /** A fast shutdown, an immediate one when that takes more than ten seconds. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const name = 'throughline';
const startMs = 60_000;
const fastMs = 10_000;
const immediateMs = 5_000;

/**
 * Starts Postgres on the data folder, making the cluster at the first start, and resolves when it accepts connections.
 * A server that an earlier, killed process left behind is stopped first. Throws a StackError that names the remedy.
 */
export async function startPostgres({ dataDir, log, settings = {} }: PostgresOptions): Promise<EmbeddedPostgres> {
  const place = findPostgres(resolve(dataDir), log);
  prepareFolder(place);
  await stopOrphan(place, log);
  refuseOtherMajor(place);
  const password = passwordOf(place);
  if (!existsSync(clusterOf(place))) await initialise(place, log);
  const { server, port } = await spawnReady(place, settings);
  const url = `postgres://${name}:${password}@127.0.0.1:${port}/${name}`;
  await ensureDatabase(url.replace(/[^/]+$/, 'postgres'));
  return {
    url,
    pid: server.pid,
    dataDir: place.dataDir,
    stop: async () => (server.ending() === undefined ? stopServer(place, server.pid) : undefined),
  };
}

function prepareFolder(place: PostgresPlace): void {
  mkdirSync(place.dataDir, { recursive: true });
  mkdirSync(join(place.dataDir, 'socket'), { recursive: true });
  for (const folder of [place.dataDir, join(place.dataDir, 'socket')]) {
    chmodSync(folder, 0o700);
    give(place, folder);
  }
}

async function stopOrphan(place: PostgresPlace, log: StackLog): Promise<void> {
  const cluster = clusterOf(place);
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const command = commandOf(pid);
  if (command.includes('postgres') && command.includes(cluster)) {
    log.info({ pid }, 'stopping the Postgres that an earlier process left behind');
    await stopServer(place, pid);
  }
  // Of a dead server, or its pid now belongs to another program: Postgres itself would refuse to start in the latter case.
  rmSync(pidFile, { force: true });
}

function refuseOtherMajor(place: PostgresPlace): void {
  const file = join(clusterOf(place), 'PG_VERSION');
  if (!existsSync(file)) return;
  const major = Number(readFileSync(file, 'utf8'));
  if (major === place.binaries.major) return;
  throw new StackError(
    `The data in ${place.dataDir} were made by Postgres ${major}, this release brings Postgres ${place.binaries.major}. ` +
      'Run "throughline backup" with the release that made them, move the folder away, then run "throughline restore <file>".',
  );
}

function passwordOf(place: PostgresPlace): string {
  const file = join(place.dataDir, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  give(place, file);
  return readFileSync(file, 'utf8').trim();
}

/** Makes the cluster beside its final place and then renames it: an interrupted first start leaves nothing half-made. */
async function initialise(place: PostgresPlace, log: StackLog): Promise<void> {
  const partial = join(place.dataDir, 'cluster.new');
  rmSync(partial, { recursive: true, force: true });
  log.info({ dataDir: place.dataDir, user: place.user?.name }, `making a Postgres ${place.binaries.major} cluster`);
  const args = ['-D', partial, '-U', name, '--auth=scram-sha-256', `--pwfile=${join(place.dataDir, 'password')}`];
  args.push('--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions');
  try {
    await run(place.binaries.initdb, args, {
      env: environment(),
      cwd: place.dataDir,
      timeout: startMs * 2,
      ...(place.user && owner(place)),
    });
  } catch (cause) {
    const words = (cause as { stderr?: string }).stderr?.trim() ?? '';
    throw new StackError(`Postgres could not make its cluster in ${place.dataDir}: ${words}`, { cause });
  }
  renameSync(partial, clusterOf(place));
}

/** The port was free a moment ago and another program may have taken it since: then once more with another one. */
async function spawnReady(
  place: PostgresPlace,
  settings: Record<string, string>,
): Promise<{ server: SpawnedServer; port: number }> {
  const logFile = join(place.dataDir, 'postgres.log');
  const pidFile = join(clusterOf(place), 'postmaster.pid');
  const isReady = (pid: number) => {
    const lines = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n') : [];
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  };
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const args = ['-D', clusterOf(place), ...configuration(place, port, settings)];
    const user = place.user && { user: owner(place) };
    const server = spawnServer({ command: place.binaries.postgres, args, logFile, env: environment(), ...user });
    await becomes(() => server.ending() !== undefined || isReady(server.pid), startMs);
    if (server.ending() === undefined && isReady(server.pid)) return { server, port };
    if (server.ending() === undefined) await stopServer(place, server.pid);
    const words = server.words();
    // Backends of a killed server hold its shared memory for a moment.
    const passes = /Address already in use|could not bind|pre-existing shared memory/.test(words);
    if (!passes || tries === 10) throw new StackError(`Postgres did not start (${server.ending() ?? 'too slow'}):\n${words}`);
    await becomes(() => false, 200);
  }
}

function configuration(place: PostgresPlace, port: number, settings: Record<string, string>): string[] {
  const socket = join(place.dataDir, 'socket');
  // A socket's path holds 107 bytes at most; the clients use TCP anyway.
  const hasSocket = process.platform !== 'win32' && Buffer.byteLength(socket) < 85;
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: hasSocket ? `"${socket}"` : '',
    unix_socket_permissions: '0700',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    // Statements and details hold people's data, which have no place in a log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...settings,
  };
  return Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}

async function stopServer(place: PostgresPlace, pid: number): Promise<void> {
  if (process.platform === 'win32') {
    // There are no signals on Windows: pg_ctl speaks to the server through a named pipe.
    for (const mode of ['fast', 'immediate']) {
      await run(place.binaries.pgCtl, ['stop', '-D', clusterOf(place), '-m', mode, '-t', '10']).catch(() => undefined);
      if (!isAlive(pid)) return;
    }
  }
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', fastMs],
    ['SIGQUIT', immediateMs],
    ['SIGKILL', immediateMs],
  ];
  if (!(await endProcess(pid, steps))) throw new StackError(`Postgres (process ${pid}) cannot be stopped.`);
}

function clusterOf(place: PostgresPlace): string {
  return join(place.dataDir, 'cluster');
}

function owner(place: PostgresPlace): { uid: number; gid: number } {
  return { uid: place.user?.uid ?? process.getuid?.() ?? -1, gid: place.user?.gid ?? process.getgid?.() ?? -1 };
}

function give(place: PostgresPlace, path: string): void {
  if (place.user) chownSync(path, place.user.uid, place.user.gid);
}

/** Our own variables might hold PG* settings or a locale that this machine does not have. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP, TMPDIR } = process.env;
  return { PATH, SystemRoot, TEMP, TMP, TMPDIR, LC_ALL: 'C' };
}
