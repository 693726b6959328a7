import { pino } from 'pino';
import { type App, buildApp, buildHealthApp } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import type { Services } from '../src/context.ts';
import { openDatabase } from '../src/database.ts';
import type { SecretsPort } from '../src/ports.ts';
import { startRelay } from '../src/relay.ts';
import { startJobs } from '../workers/jobs.ts';
import { startMail } from '../workers/mail.ts';
import { startReconciler } from '../workers/reconciler.ts';
import { consumers } from '../workers/relay.ts';
import { startWorkflowWorker } from '../workers/temporal.ts';
import { type OpenPorts, openPorts } from './ports.ts';
import { readinessOf } from './readiness.ts';
import { type Engines, poolSizeOf, type Role } from './roles.ts';

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

/** The composition root: makes every process-wide thing once, passes it down, and listens. */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { config, engines, secrets, roles: played } = options;
  const log = pino({ level: config.logLevel, base: null });
  const db = await openDatabase({
    url: engines.databaseUrl,
    poolSize: poolSizeOf(played),
    name: `throughline-${played.join('+')}`,
  });
  const open = openPorts({ config, engines, secrets, db, log });
  const services: Services = { db, ports: open.ports, config, log, now: () => new Date() };
  const app = await doorOf(options, services, open);
  const stops: (() => Promise<unknown>)[] = [];
  const url = await app.listen({ host: options.host, port: config.port });
  return {
    url: config.publicUrl ?? url,
    services,
    async start() {
      if (played.includes('relay')) {
        stops.push((await startRelay(services, consumers)).stop, startReconciler(services).stop);
      }
      if (played.includes('jobs')) stops.push((await startJobs(services, open.queues)).stop);
      if (played.includes('mail')) stops.push(startMail(services).stop);
      if (played.includes('workflows')) {
        stops.push(startWorkflowWorker(services, { address: engines.temporal.address, bundleCacheDir: config.dataDir }).stop);
      }
    },
    async stop() {
      await app.close();
      await Promise.all(stops.map((stop) => stop()));
      await open.close();
      await db.close();
    },
  };
}

/** What answers HTTP: the whole API and the page for the role `api`, health alone for the others. */
function doorOf({ roles: played, engines, webRoot }: HubOptions, services: Services, { queues, runs }: OpenPorts): Promise<App> {
  const readiness = () => readinessOf({ db: services.db, queues, runs, temporal: engines.temporal, roles: played });
  return played.includes('api') ? buildApp(services, { readiness, webRoot }) : buildHealthApp(services, readiness);
}
