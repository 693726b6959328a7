import { pino } from 'pino';
import { openPorts } from '../../bin/ports.ts';
import { readConfig } from '../../src/config.ts';
import type { Services } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startJobs } from '../../workers/jobs.ts';
import { startMail } from '../../workers/mail.ts';

/** The roles `mail` and `jobs` in a process of their own, for tests that kill it. `ROLES` says which; ends with its parent. */
const config = readConfig();
const url = config.databaseUrl ?? '';
const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const db = await openDatabase({ url });
const engines = { databaseUrl: url, redisUrl: undefined, temporal: { address: () => undefined, state: () => 'off' } };
const { ports, queues } = openPorts({ config, engines, secrets: createSecrets(config.secretKeys ?? []), db, log });
const services: Services = { db, config, log, now: () => new Date(), ports };
const roles = process.env.ROLES ?? 'mail';
if (roles.includes('mail')) startMail(services);
if (roles.includes('jobs')) await startJobs(services, queues);
process.on('disconnect', () => process.exit(0));
