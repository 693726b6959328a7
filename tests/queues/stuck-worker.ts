import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import type { Services } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import type { Ports } from '../../src/ports.ts';
import { openQueues, work } from '../../src/queues.ts';

/** A process that takes one job and never ends it, for tests that kill it: prints the job's id when it has it. */

const [databaseUrl = '', redisUrl = '', holdSeconds = '3'] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const db = await openDatabase({ url: databaseUrl, poolSize: 2, name: 'stuck-worker' });
const queues = openQueues({ databaseUrl, redisUrl: redisUrl || undefined, log, holdSeconds: Number(holdSeconds) });
const ports = { queues } as unknown as Ports; // what a job's claim needs of them
const services: Services = { db, ports, config: readConfig({ DATABASE_URL: databaseUrl }), log, now: () => new Date() };
const forever = async (_: Services, job: { id: string }) => {
  process.stdout.write(`${job.id}\n`);
  return new Promise<undefined>(() => undefined);
};
await queues.listen((jobId) => work(services, forever, { jobId, holdSeconds: Number(holdSeconds) }));
