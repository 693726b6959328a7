import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { accepts, becomes, endProcess, freePort, type SpawnedServer, spawnServer, startOf } from './process.ts';
import { StackError, type StackLog } from './report.ts';

export { obtainTemporalCli } from './temporal-cli.ts';

export interface TemporalOptions {
  /** Path of the `temporal` command line. */
  binary: string;
  /** Holds the server's state and log. The caller holds the lock on it: whatever runs there is stopped. */
  dataDir: string;
  log: StackLog;
  /** Port of the frontend; any free one when not given. */
  port?: number | undefined;
  /** Further dynamic settings of the server, such as `{ 'limit.historyCount.suggestContinueAsNew': '50' }`. */
  settings?: Record<string, string> | undefined;
}

export interface EmbeddedTemporal {
  /** Host and port of the frontend; the namespace is `default`. */
  address: string;
  pid: number;
  stop(): Promise<void>;
}

const startMs = 60_000;
const stopMs = 10_000;

/**
 * Starts Temporal's development server with its state in a file and resolves when the namespace `default` answers. A
 * server that an earlier, killed process left behind is stopped first. Throws a StackError with the server's own words.
 */
export async function startTemporal({
  binary,
  dataDir,
  log,
  port: wanted,
  settings = {},
}: TemporalOptions): Promise<EmbeddedTemporal> {
  const folder = resolve(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pidFile = join(folder, 'temporal.pid');
  await stopOrphan(pidFile, log);
  const { server, port } = await spawnReady({ binary, folder, pidFile, wanted, settings });
  return {
    address: `127.0.0.1:${port}`,
    pid: server.pid,
    async stop() {
      if (server.ending() === undefined) await stopServer(server.pid);
      rmSync(pidFile, { force: true });
    },
  };
}

/** The pid alone proves nothing after a reboot, hence the time at which that process began. */
async function stopOrphan(pidFile: string, log: StackLog): Promise<void> {
  if (!existsSync(pidFile)) return;
  const [pid, start] = readFileSync(pidFile, 'utf8').trim().split('\n');
  if (start && startOf(Number(pid)) === start) {
    log.info({ pid: Number(pid) }, 'stopping the Temporal that an earlier process left behind');
    await stopServer(Number(pid));
  }
  rmSync(pidFile, { force: true });
}

interface SpawnPlan {
  binary: string;
  folder: string;
  pidFile: string;
  wanted: number | undefined;
  settings: Record<string, string>;
}

/** The ports were free a moment ago and another program may have taken one since: then once more with others. */
async function spawnReady(plan: SpawnPlan): Promise<{ server: SpawnedServer; port: number }> {
  const { binary, folder, pidFile, wanted } = plan;
  const logFile = join(folder, 'temporal.log');
  for (let tries = 1; ; tries++) {
    const port = wanted ?? (await freePort());
    const server = spawnServer({ command: binary, args: await flags(plan, port), logFile, env: process.env });
    if (server.pid > 0) writeFileSync(pidFile, `${server.pid}\n${startOf(server.pid) ?? ''}\n`, { mode: 0o600 });
    if (await answers(server, port)) return { server, port };
    const ending = server.ending();
    if (ending === undefined) await stopServer(server.pid);
    rmSync(pidFile, { force: true });
    const words = server.words();
    const taken = /address already in use|can't set frontend port|not available/i.test(words);
    if (!taken || tries === 5) throw new StackError(`Temporal did not start (${ending ?? 'too slow'}):\n${words}`);
  }
}

async function flags({ folder, settings }: SpawnPlan, port: number): Promise<string[]> {
  const ports = ['--port', String(port), '--http-port', String(await freePort()), '--metrics-port', String(await freePort())];
  const journal = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
  const state = ['--db-filename', join(folder, 'temporal.db'), ...journal];
  // The user's own profile might point the command elsewhere.
  const own = ['--disable-config-file', '--disable-config-env'];
  const dynamic = Object.entries(settings).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
  return [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    ...ports,
    ...state,
    '--log-level',
    'error',
    ...own,
    ...dynamic,
  ];
}

async function answers(server: SpawnedServer, port: number): Promise<boolean> {
  let ready = false;
  const check = async () => {
    if (server.ending() !== undefined) return true;
    ready = await hasNamespace(`127.0.0.1:${port}`);
    return ready;
  };
  await becomes(check, startMs);
  return ready;
}

async function hasNamespace(address: string): Promise<boolean> {
  // gRPC waits a second after a refused connection, hence not before the port is open.
  if (!(await accepts(Number(address.split(':')[1])))) return false;
  const connection = await Connection.connect({ address, connectTimeout: 2_000 }).catch(() => undefined);
  if (!connection) return false;
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function stopServer(pid: number): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGTERM', stopMs],
    ['SIGKILL', stopMs],
  ];
  if (!(await endProcess(pid, steps))) throw new StackError(`Temporal (process ${pid}) cannot be stopped.`);
}
