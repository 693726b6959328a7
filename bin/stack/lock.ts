import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOf } from './process.ts';
import { StackError } from './report.ts';

export interface DataLock {
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  start: string | undefined;
}

/**
 * Makes this process the only one on the data folder. Throws a StackError with the pid of the holder. What a crash left
 * behind is cleared: a holder is its pid and the time it began, so a reused pid does not stand in the way.
 */
export async function lockDataDir(dataDir: string): Promise<DataLock> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'lock');
  const mine = `${file}.${process.pid}`;
  const claim = JSON.stringify({ pid: process.pid, start: startOf(process.pid) } satisfies Holder);
  await writeFile(mine, claim, { mode: 0o600 });
  try {
    // A hard link appears at once and with its content, and only one of two can make it.
    for (let tries = 0; !(await linked(mine, file)); tries++) {
      const found = await read(file);
      const holder = parse(found);
      if (found === claim) throw new StackError(`${dataDir} is already in use by this process (${process.pid}).`);
      if (holder && holder.start !== undefined && startOf(holder.pid) === holder.start) {
        throw new StackError(`${dataDir} is in use by process ${holder.pid}. Stop that one first, or choose another DATA_DIR.`);
      }
      if (tries === 20) throw new StackError(`Cannot lock ${dataDir}: remove ${file} and start again.`);
      await clearStale(file, found);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return {
    async release() {
      if ((await read(file)) === claim) await rm(file, { force: true });
    },
  };
}

/** Moves the stale lock aside; puts it back when another start has meanwhile replaced it by its own. */
async function clearStale(file: string, stale: string | undefined): Promise<void> {
  const aside = `${file}.${process.pid}.stale`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await read(aside)) !== stale) await linked(aside, file);
  await rm(aside, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function parse(text: string | undefined): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return value && typeof value === 'object' && 'pid' in value ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}
