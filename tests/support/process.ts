import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { eventually } from './wait.ts';

const top = resolve(import.meta.dirname, '../..');

/** A `throughline` command in a process of its own. */
export interface Command {
  child: ChildProcess;
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits for a match in what it has printed on standard output. */
  prints(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Sends a signal and resolves with its exit code, null after a signal that killed it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  exited: Promise<number | null>;
}

/** Runs `throughline <args>` with an environment that holds nothing of this one but PATH, HOME and what is given. */
export function throughline(args: string[], env: Record<string, string>, nodeFlags: string[] = []): Command {
  const base = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TEMPORAL_CLI: process.env.TEMPORAL_CLI,
    GOPATH: process.env.GOPATH,
  };
  const given = Object.fromEntries(Object.entries(base).filter(([, value]) => value !== undefined));
  const child = spawn(process.execPath, [...nodeFlags, join(top, 'bin/throughline.ts'), ...args], {
    cwd: top,
    env: { ...given, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    prints: (pattern, timeoutMs = 60_000) =>
      eventually(
        () => {
          const match = pattern.exec(stdout);
          if (match === null && child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${stdout}\n${stderr}`);
          return match;
        },
        { timeoutMs },
      ),
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
