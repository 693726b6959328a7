import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, throughline } from '../tests/support/process.ts';
import { temporaryFolder } from '../tests/support/servers/place.ts';
import { eventually } from '../tests/support/wait.ts';
import type { Report } from './run.ts';
import { startFlags } from './servers/child.ts';

const settleMs = 15_000;

/** First and warm start of the whole hub to its line and to ready workflows, and memory when nothing happens, engines stated apart. */
export async function bench(report: Report): Promise<void> {
  const folder = temporaryFolder('bench-start');
  const env = { DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'warn' };
  try {
    for (const name of ['first start', 'warm start', 'warm start again']) {
      const began = performance.now();
      const hub = throughline(['start'], env, startFlags());
      const [, url = ''] = await hub.prints(/Throughline is ready: (\S+)/, 120_000);
      report(`${name}: to "ready"`, (performance.now() - began) / 1_000, 's');
      await eventually(async () => (await workflowsOf(url)) === 'ok', { timeoutMs: 600_000, intervalMs: 100 });
      report(`${name}: to workflows`, (performance.now() - began) / 1_000, 's');
      if (name === 'warm start again') await memory(hub, report);
      const stopping = performance.now();
      await hub.end('SIGTERM');
      report(`${name}: stop`, (performance.now() - stopping) / 1_000, 's');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function workflowsOf(url: string): Promise<string | undefined> {
  const answer = (await (await fetch(`${url}/readyz`)).json()) as { engines: Record<string, string> };
  return answer.engines.workflows;
}

async function memory(hub: Command, report: Report): Promise<void> {
  await pause(settleMs);
  report('memory when idle: our own process (resident)', residentMiB(hub.pid), 'MiB');
  const others = (await readdir('/proc'))
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid) }));
  const share = (pattern: RegExp) =>
    others.filter(({ command }) => pattern.test(command)).reduce((sum, { pid }) => sum + proportionalMiB(pid), 0);
  report('memory when idle: Temporal (proportional)', share(/temporal.*start-dev/), 'MiB');
  report('memory when idle: Postgres, all its processes (proportional)', share(/postgres/), 'MiB');
}

const commandOf = (pid: string): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
const residentMiB = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
const proportionalMiB = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1_024;

/** A process may be gone by the time it is looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
