import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { type App, buildApp } from '../../src/app.ts';
import { createCommits } from '../../src/commits.ts';
import { readConfig } from '../../src/config.ts';
import type { Services } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import { createSecrets } from '../../src/secrets.ts';

/** The app with all its routes and no engine behind it: for tests that look at the routes and call none that reads. */
export async function buildAppAlone(before?: (app: App) => void): Promise<App> {
  const url = 'postgres://nobody@127.0.0.1:1/none';
  const log = pino({ level: 'silent' });
  const away = () => Promise.reject(new Error('there is no engine behind this app'));
  const ports = {
    commits: createCommits(),
    queues: { wake: () => undefined },
    secrets: createSecrets([randomBytes(32).toString('base64')]),
    runs: { describe: away },
    live: { subscribe: () => () => undefined },
  } as unknown as Services['ports']; // routes are only looked at: a port that is added later is not called
  const services: Services = {
    db: await openDatabase({ url }),
    ports,
    config: readConfig({ DATABASE_URL: url }),
    log,
    now: () => new Date(),
  };
  return buildApp(services, { readiness: async () => ({ ready: false, engines: {} }), ...(before ? { before } : {}) });
}
