import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { type Config, readConfig } from '../src/config.ts';
import { openDatabase, pendingMigrations } from '../src/database.ts';
import type { FileStore } from '../src/ports.ts';
import { type FoundDatabase, withDatabase } from './commands.ts';
import { connectionBudget } from './connections.ts';
import { openFiles } from './files.ts';
import { loadSecrets } from './keys.ts';
import { checkNode } from './node-version.ts';
import { userCacheDir } from './stack/cache.ts';
import { obtainTemporalCli } from './stack/temporal.ts';

/** One thing that was looked at. `remedy` is there when something is to be done. */
interface Finding {
  what: string;
  found: string;
  remedy?: string;
}

type Check = (config: Config) => Promise<Finding[]>;

/** `throughline doctor`: looks at everything, prints a line each, and exits 1 when something is to be done. */
export async function doctor(): Promise<void> {
  const config = readConfig();
  const findings: Finding[] = [];
  for (const [what, check] of Object.entries(checks)) {
    findings.push(
      ...(await check(config).catch((error: unknown) => [{ what, found: firstLine(error), remedy: 'See the reason before.' }])),
    );
  }
  for (const { what, found, remedy } of findings)
    console.log(`${remedy === undefined ? 'ok ' : 'BAD'} ${what}: ${found}${remedy ? `\n    -> ${remedy}` : ''}`);
  if (findings.some((finding) => finding.remedy !== undefined)) process.exitCode = 1;
}

const firstLine = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));

const checks: Record<string, Check> = {
  node: async () => {
    checkNode();
    return [{ what: 'node', found: process.versions.node }];
  },
  database: (config) =>
    withDatabase(config, async (database) => [
      ...(await secretsFinding(config, database)),
      ...(await databaseFindings(database.url)),
    ]),
  redis: async ({ redisUrl }) => {
    if (redisUrl === undefined) return [{ what: 'queues', found: 'in Postgres (REDIS_URL is not set)' }];
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, lazyConnect: true, connectTimeout: 3_000 });
    redis.on('error', () => {});
    try {
      await redis.connect();
      const info = await redis.info('server');
      return [{ what: 'queues', found: `Redis ${/redis_version:(\S+)/.exec(info)?.[1] ?? ''}` }];
    } catch (error) {
      return [
        {
          what: 'queues',
          found: firstLine(error),
          remedy: 'Start Redis, or mend REDIS_URL, or unset it to keep the queues in Postgres.',
        },
      ];
    } finally {
      redis.disconnect();
    }
  },
  temporal: async ({ temporalAddress }) => {
    if (temporalAddress === undefined) return embeddedTemporal();
    try {
      const connection = await Connection.connect({ address: temporalAddress, connectTimeout: '3s' });
      await connection.close();
      return [{ what: 'workflows', found: `Temporal at ${temporalAddress}` }];
    } catch (error) {
      return [{ what: 'workflows', found: firstLine(error), remedy: 'Start Temporal, or mend TEMPORAL_ADDRESS.' }];
    }
  },
  files: async (config) => {
    const { files, place, close } = openFiles(config);
    if (config.storageUrl === undefined) return [{ what: 'files', found: `in ${place}` }];
    try {
      await storeAndFetch(files);
      return [{ what: 'files', found: `S3 at ${place}` }];
    } catch (error) {
      const { cause = error } = error as Error;
      return [
        {
          what: 'files',
          found: `${place}: ${reasonOf(cause)}`,
          remedy: 'Mend STORAGE_URL, or what its key may do there: read, write, list, delete.',
        },
      ];
    } finally {
      await close();
    }
  },
  disk: async ({ dataDir }) => {
    const { bavail, blocks, bsize } = await statfs(dataDir).catch(() => statfs('.'));
    const free = bavail / blocks;
    const found = `${Math.round((bavail * bsize) / 2 ** 30)} GiB free (${Math.round(free * 100)} %)`;
    return [
      { what: 'disk', found, ...(free < 0.1 ? { remedy: 'Free some: Postgres stops writing when the disk is full.' } : {}) },
    ];
  },
};

/** A fetch that failed has its reason as its cause. */
const reasonOf = (error: unknown): string =>
  firstLine(error instanceof Error && error.cause instanceof Error ? error.cause : error);

/** Does with a file store all that the hub does with it. */
async function storeAndFetch(files: FileStore): Promise<void> {
  const content = randomBytes(32);
  const { sha256 } = await files.put(Readable.from([content]), content.length);
  const stored = await files.open(sha256);
  if (stored === undefined || !content.equals(await buffer(stored)))
    throw new Error('gives back something else than it was given');
  for await (const _ of files.list(new Date(0))) break;
  await files.remove(sha256);
}

async function secretsFinding(config: Config, { keyDir }: FoundDatabase): Promise<Finding[]> {
  await loadSecrets(config, keyDir);
  return [{ what: 'secrets', found: config.secretKeys ? `${config.secretKeys.length} in SECRET_KEYS` : `key file in ${keyDir}` }];
}

async function embeddedTemporal(): Promise<Finding[]> {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const binary = await obtainTemporalCli({ cacheDir: userCacheDir(), log, allowDownload: false });
  if (binary !== undefined) return [{ what: 'workflows', found: `embedded Temporal (${binary})` }];
  return [
    {
      what: 'workflows',
      found: 'Temporal is not on this machine yet',
      remedy: '"start" gets it; or put "temporal" on PATH, or set TEMPORAL_ADDRESS.',
    },
  ];
}

async function databaseFindings(url: string): Promise<Finding[]> {
  const db = await openDatabase({ url, poolSize: 1, name: 'throughline-doctor' });
  const client = await db.connect('throughline-doctor');
  try {
    const { rows } = await client.query(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
         pg_encoding_to_char(encoding) as encoding, current_setting('max_connections')::int as connections,
         extract(epoch from clock_timestamp())::float8 * 1000 as clock
       from pg_database where datname = current_database()`,
    );
    const [server] = rows as [{ version: string; number: number; encoding: string; connections: number; clock: number }];
    const skewMs = Math.round(Math.abs(server.clock - Date.now()));
    const budget = connectionBudget();
    const pending = await pendingMigrations(db);
    return [
      {
        what: 'postgres',
        found: server.version,
        ...(server.number < 150_000 ? { remedy: 'Postgres 15 or newer is needed.' } : {}),
      },
      {
        what: 'encoding',
        found: server.encoding,
        ...(server.encoding === 'UTF8' ? {} : { remedy: "Create the database anew with encoding 'UTF8'." }),
      },
      {
        what: 'migrations',
        found: pending.length === 0 ? 'newest schema' : `${pending.length} to go`,
        ...(pending.length === 0 ? {} : { remedy: 'Run "throughline migrate" (start does it by itself).' }),
      },
      {
        what: 'connections',
        found: `${server.connections} allowed, one process with every role may use ${budget}`,
        ...(server.connections < budget + 10 ? { remedy: `Set max_connections to ${budget + 10} or more.` } : {}),
      },
      { what: 'clocks', found: `${skewMs} ms apart`, ...(skewMs > 2_000 ? { remedy: 'Set both machines by NTP.' } : {}) },
    ];
  } finally {
    await client.end();
    await db.close();
  }
}
