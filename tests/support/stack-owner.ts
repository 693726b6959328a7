import { join } from 'node:path';
import { lockDataDir } from '../../bin/stack/lock.ts';
import { startPostgres } from '../../bin/stack/postgres.ts';
import { startTemporal } from '../../bin/stack/temporal.ts';

/** A process that owns a data folder as `throughline start` does, for tests that kill it: prints a line of JSON and stays. */

const [dataDir = '', temporalBinary] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
await lockDataDir(dataDir);
const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), log });
const temporal = temporalBinary && (await startTemporal({ binary: temporalBinary, dataDir: join(dataDir, 'temporal'), log }));
process.stdout.write(`${JSON.stringify({ postgres, temporal })}\n`);
setInterval(() => undefined, 60_000);
