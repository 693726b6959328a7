import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../bin/stack/postgres.ts';
import { migrate } from '../../src/database.ts';

const quiet = { info: () => {}, warn: console.warn, error: console.error };

/** A migrated Postgres of a bench's own, with the settings that `start` gives it. */
export async function benchPostgres(
  settings: Record<string, string> = {},
): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-bench-'));
  const postgres = await startPostgres({ dataDir, log: quiet, settings });
  await migrate(postgres.url);
  return {
    url: postgres.url,
    pid: postgres.pid,
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
