import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, readConfig } from '../src/config.ts';
import { rootCause, systemActor, transact } from '../src/context.ts';
import { migrate } from '../src/database.ts';
import { makeSetupLink } from '../src/identity/users.ts';
import type { FoundDatabase } from './commands.ts';
import { type Hub, openHub } from './hub.ts';
import { checkSecrets, loadSecrets } from './keys.ts';
import { checkNode } from './node-version.ts';
import { type Engines, roles } from './roles.ts';
import { stopOnSignal } from './signals.ts';
import { userCacheDir } from './stack/cache.ts';
import { type DataLock, lockDataDir } from './stack/lock.ts';
import { startPostgres } from './stack/postgres.ts';
import type { StackLog } from './stack/report.ts';
import { obtainTemporalCli, startTemporal } from './stack/temporal.ts';
import { ensureWebBuilt } from './web.ts';

/** What `start` has started, to be stopped in reverse order. */
type Stops = (() => Promise<unknown>)[];

/** `throughline start`: what is not configured is started here, the database is migrated, every role runs in this process. */
export async function start(): Promise<void> {
  checkNode();
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: null });
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const stops: Stops = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  stopOnSignal(stopAll, log);
  try {
    await startAll({ config, log, stops });
  } catch (error) {
    await stopAll();
    throw error;
  }
}

interface Starting {
  config: Config;
  log: StackLog;
  stops: Stops;
}

async function startAll({ config, log, stops }: Starting): Promise<void> {
  const lock: DataLock = await lockDataDir(config.dataDir);
  stops.push(() => lock.release());
  const [webRoot, database] = await Promise.all([ensureWebBuilt({ log }), databaseFor({ config, log, stops })]);
  const secrets = await loadSecrets(config, database.keyDir);
  const databaseUrl = database.url;
  const applied = await migrate(databaseUrl);
  if (applied.length > 0) log.info({ applied }, 'database migrated');
  const temporal = temporalFor({ config, log, stops });
  const engines: Engines = { databaseUrl, redisUrl: config.redisUrl, temporal };
  const hub = await openHub({ config, roles, engines, secrets, host: config.host ?? '127.0.0.1', webRoot });
  stops.push(() => hub.stop());
  await checkSecrets(hub.services);
  await hub.start();
  await tellOthers({ config, log, stops }, database);
  await announce(hub);
}

async function databaseFor({ config, log, stops }: Starting): Promise<FoundDatabase> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, keyDir: undefined };
  const postgres = await startPostgres({ dataDir: join(config.dataDir, 'postgres'), log });
  stops.push(() => postgres.stop());
  return { url: postgres.url, keyDir: postgres.dataDir };
}

/** The workflow engine: the configured one, or an embedded one that is obtained while the hub is already up. */
function temporalFor({ config, log, stops }: Starting): Engines['temporal'] {
  if (config.temporalAddress !== undefined) return { address: () => config.temporalAddress, state: () => 'ok' };
  let address: string | undefined;
  let state = 'preparing the engine';
  const leaving = new AbortController();
  const prepare = async () => {
    const onProgress = (line: string) => {
      state = `preparing the engine: ${line}`;
      log.info(`workflows: ${state}`);
    };
    const binary = await obtainTemporalCli({ cacheDir: userCacheDir(), log, onProgress, signal: leaving.signal });
    if (binary === undefined) {
      state = 'off: there is no Temporal on this machine; put the "temporal" command on PATH or set TEMPORAL_ADDRESS';
      return undefined;
    }
    const server = await startTemporal({ binary, dataDir: join(config.dataDir, 'temporal'), log });
    address = server.address;
    return server;
  };
  const preparing = prepare().catch((error: unknown) => {
    state = `off: ${error instanceof Error ? error.message : String(error)}`;
    log.warn(`workflows: ${state}`);
    return undefined;
  });
  stops.push(async () => {
    leaving.abort();
    await (await preparing)?.stop();
  });
  return { address: () => address, state: () => state };
}

/** Where the other commands find this hub while it runs; gone when it stops. */
async function tellOthers({ config, stops }: Starting, database: FoundDatabase): Promise<void> {
  const file = join(config.dataDir, 'runtime.json');
  await writeFile(file, JSON.stringify({ ...database, pid: process.pid }), { mode: 0o600 });
  stops.push(() => rm(file, { force: true }));
}

async function announce(hub: Hub): Promise<void> {
  console.log(`Throughline is ready: ${hub.url}`);
  const token = await transact(hub.services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, makeSetupLink);
  if (token !== undefined) console.log(`Make the first admin here, once: ${hub.url}/setup?token=${token}`);
}
