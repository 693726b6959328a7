import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface SpawnedServer {
  pid: number;
  /** Undefined while it runs, then how it ended. */
  ending(): string | undefined;
  /** What it has written since it was started, for an error message: of much, how it begins and ends. */
  words(): string;
}

export interface SpawnRequest {
  command: string;
  args: string[];
  logFile: string;
  env: NodeJS.ProcessEnv;
  user?: { uid: number; gid: number };
}

const keptLogBytes = 5_000_000;

/**
 * Starts a server in a process group of its own, so that Ctrl-C in the terminal reaches only us and we decide the order
 * of the shutdown. It writes to a file rather than a pipe: a pipe would break when we are killed.
 */
export function spawnServer(request: SpawnRequest): SpawnedServer {
  const before = statSync(request.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const isLarge = before > keptLogBytes;
  const log = openSync(request.logFile, isLarge ? 'w' : 'a', 0o600);
  const child = spawn(request.command, request.args, {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
    env: request.env,
    ...request.user,
  });
  closeSync(log);
  let ending: string | undefined;
  child.on('error', (error) => {
    ending = error.message;
  });
  child.on('exit', (code, signal) => {
    ending = signal ? `ended by ${signal}` : `exited with code ${code}`;
  });
  child.unref();
  return { pid: child.pid ?? -1, ending: () => ending, words: () => wordsOf(request.logFile, isLarge ? 0 : before) };
}

/** The cause may stand before the trace of a crash, or at the very end. */
function wordsOf(file: string, from: number): string {
  const lines = readFileSync(file).subarray(from).toString().trim().split('\n');
  return (lines.length > 20 ? [...lines.slice(0, 10), '...', ...lines.slice(-10)] : lines).join('\n');
}

/** True while the process runs. A zombie counts as gone: in a container nobody may ever reap it. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return statOf(pid)?.[0] !== 'Z';
}

/** When the process began, as an opaque text: with the pid it names one process for good. Undefined when it is gone. */
export function startOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') return `${bootId()}/${statOf(pid)?.[19]}`;
  return processListing(pid, 'lstart', '(Get-Process -Id PID).StartTime.Ticks');
}

/** The command line of a running process; empty when it is gone or hidden from us. */
export function commandOf(pid: number): string {
  if (!isAlive(pid)) return '';
  if (process.platform !== 'linux') {
    return processListing(pid, 'command', '(Get-CimInstance Win32_Process -Filter "ProcessId=PID").CommandLine') ?? '';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Sends the signals in turn, each with its time in ms to take effect. True when the process is gone in the end. */
export async function endProcess(pid: number, steps: [NodeJS.Signals, number][]): Promise<boolean> {
  for (const [signal, waitMs] of steps) {
    if (!isAlive(pid)) return true;
    try {
      process.kill(pid, signal);
    } catch {
      return !isAlive(pid);
    }
    if (await becomes(() => !isAlive(pid), waitMs)) return true;
  }
  return !isAlive(pid);
}

/** Polls until the check holds, at most `waitMs`. Returns whether it did. */
export async function becomes(check: () => boolean | Promise<boolean>, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (!(await check())) {
    if (performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}

/** Below these no system takes ports for outgoing connections, unless told to: one of those would be taken again within moments. */
const ports = { from: 20_000, to: 32_767 };

/** A TCP port of the loopback that was free a moment ago. Throws when a hundred in a row are taken. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(ports.from, ports.to + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on the loopback between ${ports.from} and ${ports.to}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Whether somebody accepts connections on this port of the loopback. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Fields of /proc/<pid>/stat after the command's name, which may hold blanks and brackets: state is 0, start time 19. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function processListing(pid: number, column: string, powershell: string): string | undefined {
  const [command, args]: [string, string[]] =
    process.platform === 'win32'
      ? ['powershell', ['-NoProfile', '-Command', powershell.replace('PID', String(pid))]]
      : ['ps', ['-ww', '-o', `${column}=`, '-p', String(pid)]];
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    return execFileSync(command, args, { env, encoding: 'utf8', timeout: 5_000, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
