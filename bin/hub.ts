import { pino } from 'pino';
import { buildApp, buildHealthApp } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import type { Services } from '../src/context.ts';
import { openDatabase } from '../src/database.ts';
import { unavailable } from '../src/errors.ts';
import { type Live, startLive } from '../src/live.ts';
import type { Ports, SecretsPort } from '../src/ports.ts';
import { openQueues, type Queues } from '../src/queues.ts';
import { type Relay, startRelay } from '../src/relay.ts';
import { startJobs } from '../workers/jobs.ts';
import { consumers } from '../workers/relay.ts';
import { readinessOf } from './readiness.ts';

/** What a process may play; any subset, in any number of processes. */
export const roles = ['api', 'relay', 'workflows', 'jobs', 'mail'] as const;
export type Role = (typeof roles)[number];

/** Where the engines are. The workflow engine's address may become known later: it is obtained while the hub is already up. */
export interface Engines {
  databaseUrl: string;
  redisUrl: string | undefined;
  temporal: { address(): string | undefined; state(): string };
}

export interface HubOptions {
  config: Config;
  roles: readonly Role[];
  engines: Engines;
  secrets: SecretsPort;
  host: string;
  webRoot: string | undefined;
}

/** A hub that listens; its other roles begin with `start`. */
export interface Hub {
  url: string;
  services: Services;
  /** Starts the roles beside the HTTP door. Needs the newest schema. */
  start(): Promise<void>;
  /** Intake first, then workers, then pools. */
  stop(): Promise<void>;
}

/** Connections of the pool that a process with these roles may open; the README adds them up. */
export const poolSizeOf = (played: readonly Role[]): number => 4 + 4 * played.length;

/** The composition root: makes every process-wide thing once, passes it down, and listens. */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { config, engines, roles: played } = options;
  const log = pino({ level: config.logLevel, base: null });
  const db = await openDatabase({
    url: engines.databaseUrl,
    poolSize: poolSizeOf(played),
    name: `throughline-${played.join('+')}`,
  });
  const queues = openQueues({ databaseUrl: engines.databaseUrl, redisUrl: engines.redisUrl, log });
  const live = startLive({ db, log });
  let relay: Relay | undefined;
  const ports = makePorts({ options, queues, live, poke: () => relay?.poke() });
  const services: Services = { db, ports, config, log, now: () => new Date() };
  const app = await doorOf(options, { services, queues });
  const closing = [() => db.close(), () => queues.close(), () => live.stop()];
  const url = await app.listen({ host: options.host, port: config.port });
  return {
    url: config.publicUrl ?? url,
    services,
    async start() {
      if (played.includes('relay')) {
        relay = await startRelay(services, consumers);
        closing.push(relay.stop);
      }
      if (played.includes('jobs')) closing.push((await startJobs(services, queues)).stop);
    },
    async stop() {
      await app.close();
      for (const close of closing.reverse()) await close();
    },
  };
}

interface PortParts {
  options: HubOptions;
  queues: Queues;
  live: Live;
  poke(): void;
}

function makePorts({ options, queues, live, poke }: PortParts): Ports {
  const runs = { describe: () => Promise.reject(unavailable('workflows', 'The workflow engine cannot be reached now.')) };
  return { queues, live, runs, log: { poke }, secrets: options.secrets };
}

/** What answers HTTP: the whole API and the page for the role `api`, health alone for the others. */
function doorOf({ roles: played, engines, webRoot }: HubOptions, { services, queues }: { services: Services; queues: Queues }) {
  const readiness = () => readinessOf({ db: services.db, queues, temporal: engines.temporal, roles: played });
  return played.includes('api') ? buildApp(services, { readiness, webRoot }) : buildHealthApp(services, readiness);
}
