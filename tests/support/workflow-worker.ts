import { pino } from 'pino';
import { diskFiles } from '../../integrations/files/disk.ts';
import { createCommits } from '../../src/commits.ts';
import { readConfig } from '../../src/config.ts';
import type { Services } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import type { Ports } from '../../src/ports.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startWorkflowWorker } from '../../workers/temporal.ts';

/** A process that is nothing but a workflow worker, for tests that kill it. */

const [databaseUrl = '', address = '', bundleCacheDir = '', secretKey, filesFolder = ''] = process.argv.slice(2);
const ports = {
  commits: createCommits(),
  queues: { wake: () => undefined },
  ...(secretKey === undefined ? {} : { secrets: createSecrets([secretKey]), files: diskFiles(filesFolder) }),
} as Partial<Ports> as Ports; // a worker needs no more
const services: Services = {
  db: await openDatabase({ url: databaseUrl, name: 'throughline-worker-process' }),
  ports,
  config: readConfig({ DATABASE_URL: databaseUrl }),
  log: pino({ level: 'silent' }),
  now: () => new Date(),
};
const worker = startWorkflowWorker(services, { address: () => address, bundleCacheDir });
const polling = setInterval(() => {
  if (!worker.isRunning()) return;
  clearInterval(polling);
  process.stdout.write('running\n');
}, 20);
