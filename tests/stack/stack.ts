import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
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
  const script = join(import.meta.dirname, '../support/stack-owner.ts');
  const args = temporalBinary ? [script, dataDir, temporalBinary] : [script, dataDir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the owner ended early'))),
  ])) as [string];
  return { child, ...(JSON.parse(line) as Omit<Owned, 'child'>) };
}

/** kill -9, and waits until the process is gone. */
export async function killHard({ child }: Owned): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
