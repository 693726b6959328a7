import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { diskFiles } from '../../integrations/files/disk.ts';
import { createCommits } from '../../src/commits.ts';
import { readConfig } from '../../src/config.ts';
import type { Services } from '../../src/context.ts';
import { openDatabase } from '../../src/database.ts';
import { pointedTo } from '../../src/editing/editable.ts';
import { rememberCustomFields } from '../../src/fields/remembered.ts';
import type { Ports } from '../../src/ports.ts';
import { openQueues } from '../../src/queues.ts';
import { createSecrets } from '../../src/secrets.ts';
import { rememberRecordSettings } from '../../src/settings.ts';
import { startJobs } from '../../workers/jobs.ts';

/** A process of the role `jobs`, for tests that kill it. */

const [databaseUrl = '', redisUrl = '', filesFolder = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const db = await openDatabase({ url: databaseUrl, poolSize: 4, name: 'bulk-worker' });
const queues = openQueues({ databaseUrl, redisUrl: redisUrl || undefined, log, holdSeconds: 3 });
const commits = createCommits();
const live = { subscribe: () => () => undefined };
const customFields = rememberCustomFields({ commits, live }, pointedTo);
const recordSettings = rememberRecordSettings({ commits, live });
const secrets = createSecrets([randomBytes(32).toString('base64')]);
const ports = { queues, commits, live, customFields, recordSettings, secrets, files: diskFiles(filesFolder) } as unknown as Ports; // what bulk edits and exports need of them
const services: Services = { db, ports, config: readConfig({ DATABASE_URL: databaseUrl }), log, now: () => new Date() };
await startJobs(services, queues, { holdSeconds: 3 });
process.stdout.write('ready\n');
