import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { endProcess } from '../../bin/stack/process.ts';
import { temporaryFolder } from '../support/servers/place.ts';

export interface Owned {
  child: ChildProcess;
  postgres: { url: string; pid: number };
  temporal?: { address: string; pid: number };
}

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A data folder that goes away after the test. */
export function dataFolder(): string {
  const folder = temporaryFolder('stack');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return join(folder, 'data');
}

/** Starts a process that holds the data folder with its engines, as `throughline start` does. */
export async function startOwner(dataDir: string, temporalBinary?: string): Promise<Owned> {
  const script = fileURLToPath(new URL('../support/stack-owner.ts', import.meta.url));
  const args = temporalBinary ? [script, dataDir, temporalBinary] : [script, dataDir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let engines: number[] = [];
  onTestFinished(async () => {
    for (const pid of engines) await endProcess(pid, [['SIGQUIT', 5_000]]);
  });
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the owner ended early'))),
  ])) as [string];
  const owned = JSON.parse(line) as Omit<Owned, 'child'>;
  engines = [owned.postgres.pid, ...(owned.temporal ? [owned.temporal.pid] : [])];
  return { child, ...owned };
}

/** kill -9, and waits until the process is gone. */
export async function killHard({ child }: Owned): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
