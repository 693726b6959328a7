import { join } from 'node:path';
import { userCacheDir } from '../../../bin/stack/cache.ts';
import { type EmbeddedTemporal, obtainTemporalCli, startTemporal } from '../../../bin/stack/temporal.ts';
import { endWithUs, removeServer, temporaryFolder } from './place.ts';

const silent = { info: () => undefined, warn: console.warn, error: console.error };

/** The `temporal` command line that `npm test` has found or fetched. */
export async function temporalCli(): Promise<string> {
  const binary = await obtainTemporalCli({ cacheDir: userCacheDir(), log: silent, allowDownload: false });
  if (!binary) throw new Error('no Temporal here: run "npm test", which gets it, or name one in TEMPORAL_CLI');
  return binary;
}

export interface TestTemporalOptions {
  dataDir?: string;
  port?: number;
  settings?: Record<string, string>;
}

/** Starts a Temporal of its own. With `dataDir` its state outlives it, and a later start goes on from there. */
export async function startTestTemporal({ dataDir, port, settings }: TestTemporalOptions = {}): Promise<EmbeddedTemporal> {
  const folder = temporaryFolder('temporal');
  const place = dataDir ?? join(folder, 'temporal');
  const server = await startTemporal({ binary: await temporalCli(), dataDir: place, log: silent, port, settings });
  endWithUs(server.pid);
  return {
    ...server,
    async stop() {
      await server.stop();
      await removeServer(server.pid, folder);
    },
  };
}
