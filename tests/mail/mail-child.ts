import { pino } from 'pino';
import { mailServers } from '../../integrations/mail-servers.ts';
import { readConfig } from '../../src/config.ts';
import type { Services } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import { createDialer } from '../../src/dialer.ts';
import { unavailable } from '../../src/errors.ts';
import { startLive } from '../../src/live.ts';
import { openQueues } from '../../src/queues.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startJobs } from '../../workers/jobs.ts';
import { startMail } from '../../workers/mail.ts';

/** The roles `mail` and `jobs` in a process of their own, for tests that kill it. `ROLES` says which; ends with its parent. */
const config = readConfig();
const url = config.databaseUrl ?? '';
const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const db = await openDatabase({ url });
const dialer = createDialer({ allowPrivateHosts: ['127.0.0.0/8'] });
const queues = openQueues({ databaseUrl: url, redisUrl: undefined, log });
const services: Services = {
  db,
  config,
  log,
  now: () => new Date(),
  ports: {
    log: { poke: () => undefined },
    queues,
    secrets: createSecrets(config.secretKeys ?? []),
    runs: { describe: () => Promise.reject(unavailable('workflows', 'There is no workflow engine in this test.')) },
    live: startLive({ db, log }),
    mailServers: mailServers({ dial: async (host) => (await dialer.vet(host)).address, timeoutMs: 5_000 }),
  },
};
const roles = process.env.ROLES ?? 'mail';
if (roles.includes('mail')) startMail(services);
if (roles.includes('jobs')) await startJobs(services, queues);
process.on('disconnect', () => process.exit(0));
