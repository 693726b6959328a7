import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder for what can be fetched again, shared by all clones of this user. */
export function userCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const bases: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(homedir(), 'Library', 'Caches'),
    win32: env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'),
  };
  return join(env.XDG_CACHE_HOME || (bases[process.platform] ?? join(homedir(), '.cache')), 'throughline');
}
