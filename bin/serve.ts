import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '../src/config.ts';
import { pendingMigrations } from '../src/database.ts';
import { type Hub, openHub } from './hub.ts';
import { checkSecrets, loadSecrets } from './keys.ts';
import { checkNode } from './node-version.ts';
import type { Role } from './roles.ts';
import { stopOnSignal } from './signals.ts';
import { StackError } from './stack/report.ts';
import { ensureWebBuilt } from './web.ts';

/** `throughline serve`: plays some roles against configured engines. Never migrates: it waits for migrations, unready meanwhile. */
export async function serve(roles: readonly Role[]): Promise<void> {
  checkNode();
  const config = readConfig();
  const { databaseUrl, publicUrl } = config;
  if (databaseUrl === undefined)
    throw new StackError('DATABASE_URL is not set; "serve" needs a Postgres of its own. Or use "start".');
  if (publicUrl === undefined) throw new StackError('PUBLIC_URL is not set; under "serve" every link is made from it.');
  const log = pino({ level: config.logLevel, base: null });
  const secrets = await loadSecrets(config, undefined);
  const temporal = {
    address: () => config.temporalAddress,
    state: () => 'off: TEMPORAL_ADDRESS is not set',
  };
  const engines = { databaseUrl, redisUrl: config.redisUrl, temporal };
  const webRoot = roles.includes('api') ? await ensureWebBuilt({ log }) : undefined;
  const hub = await openHub({ config, roles, engines, secrets, host: config.host ?? '0.0.0.0', webRoot });
  stopOnSignal(() => hub.stop(), log);
  await migrated(hub);
  await checkSecrets(hub.services);
  await hub.start();
  console.log(`Throughline is ready: ${hub.url}`);
}

/** Resolves when the database has the newest schema; `/readyz` says meanwhile what is awaited. */
async function migrated({ services }: Hub): Promise<void> {
  for (let told = false; ; told = true) {
    const pending = await pendingMigrations(services.db).catch(() => ['the database does not answer']);
    if (pending.length === 0) return;
    if (!told) services.log.info({ pending }, 'waiting for migrations');
    await pause(1_000);
  }
}
