import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server under measurement, in a process of its own. It prints one line of JSON when it listens. */
export interface ServerProcess<Facts> {
  facts: Facts;
  pid: number;
  stop(): Promise<void>;
}

/** Starts `bench/servers/<name>.ts` with settings as JSON, ours with the flags of `npm start`, and waits for its line of facts. */
export async function startServer<Facts>(name: string, settings: object): Promise<ServerProcess<Facts>> {
  const file = join(import.meta.dirname, `${name}.ts`);
  const flags = name === 'ours' ? startFlags() : [];
  const child: ChildProcess = spawn(process.execPath, [...flags, file, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${String(code)} before it listened`))),
  ])) as [string];
  return {
    facts: JSON.parse(line) as Facts,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** Flags that `npm start` gives to Node. */
export function startFlags(): string[] {
  const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}
