import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { StackLog } from './report.ts';

export interface TemporalCliOptions {
  /** Where binaries are kept between runs and clones: the user's cache folder. */
  cacheDir: string;
  log: StackLog;
  /** A line for the start screen: what is being done. */
  onProgress?: (line: string) => void;
  env?: { TEMPORAL_CLI?: string | undefined; PATH?: string | undefined };
  /** Gives up what is under way, compilers and downloads too. */
  signal?: AbortSignal;
  /** False: neither download nor compile, use only what is at hand. */
  allowDownload?: boolean;
}

const version = '1.5.1';
const source = `github.com/temporalio/cli/cmd/temporal@v${version}`;
const downloadMs = 120_000;
const compileMs = 20 * 60_000;
const exe = process.platform === 'win32' ? '.exe' : '';
const run = promisify(execFile);

/**
 * Finds the `temporal` command line, or gets it: TEMPORAL_CLI, PATH, the cache, Temporal's own download, the Go compiler,
 * in this order. Returns its path; undefined, with one warning that names the remedy, when there is no way.
 */
export async function obtainTemporalCli(options: TemporalCliOptions): Promise<string | undefined> {
  const { cacheDir, log, env = process.env, allowDownload = true } = options;
  if (env.TEMPORAL_CLI) {
    if (isProgram(env.TEMPORAL_CLI)) return env.TEMPORAL_CLI;
    log.warn(`TEMPORAL_CLI names ${env.TEMPORAL_CLI}, which is no program that we may run; looking elsewhere`);
  }
  const cached = join(cacheDir, `temporal-${version}${exe}`);
  const found = onPath('temporal', env.PATH) ?? (isProgram(cached) ? cached : undefined);
  if (found) return found;
  if (!allowDownload) return undefined;
  const reasons: string[] = [];
  for (const get of [download, compile]) {
    if (options.signal?.aborted) return undefined;
    const reason = await get(cached, options).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (!reason) return cached;
    reasons.push(reason);
  }
  if (options.signal?.aborted) return undefined;
  log.warn(
    { reasons },
    'Workflows are off: there is no Temporal. Put the "temporal" command on PATH, name it in TEMPORAL_CLI, or set TEMPORAL_ADDRESS',
  );
  return undefined;
}

/** The download that the SDK and Temporal's own instructions use. Returns why it did not work, or nothing. */
async function download(target: string, options: TemporalCliOptions): Promise<string | undefined> {
  const { cacheDir, log, onProgress } = options;
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as string];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (!platform || !arch) return `no download for ${process.platform} on ${process.arch}`;
  onProgress?.(`downloading Temporal ${version}`);
  const limit = AbortSignal.timeout(downloadMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const url = `https://temporal.download/cli/archive/v${version}?platform=${platform}&arch=${arch}`;
  const answer = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new Error('temporal.download cannot be reached', { cause });
  });
  if (!answer.ok || !answer.body) return `temporal.download answered ${answer.status}`;
  return withFolder(cacheDir, async (folder) => {
    const archive = join(folder, 'archive');
    await pipeline(Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream), createWriteStream(archive), {
      signal,
    });
    // Windows has the same bsdtar, which reads zip files too.
    await run('tar', ['-xf', archive, '-C', folder], { timeout: downloadMs });
    return install(join(folder, `temporal${exe}`), target, log);
  });
}

/** Newer versions than this one refuse `go install`. Five minutes when nothing is cached. */
async function compile(
  target: string,
  { cacheDir, log, onProgress, signal, env = process.env }: TemporalCliOptions,
): Promise<string | undefined> {
  const go = onPath('go', env.PATH) ?? ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find(isProgram);
  if (!go) return 'no Go compiler at hand';
  onProgress?.(`compiling Temporal ${version}, which may take some minutes`);
  return withFolder(cacheDir, async (folder) => {
    const environment = { ...process.env, GOBIN: folder, GOFLAGS: '-buildvcs=false' };
    await run(go, ['install', source], { env: environment, timeout: compileMs, maxBuffer: 10_000_000, signal });
    return install(join(folder, `temporal${exe}`), target, log);
  });
}

/** A binary that does not run, or only half arrived, is never put into its place. */
async function install(binary: string, target: string, log: StackLog): Promise<string | undefined> {
  if (!existsSync(binary)) return 'the archive held no "temporal"';
  await run(binary, ['--version'], { timeout: 30_000 });
  renameSync(binary, target);
  log.info({ path: target }, `Temporal ${version} is at hand`);
  return undefined;
}

async function withFolder<T>(cacheDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(cacheDir, { recursive: true });
  const folder = mkdtempSync(join(cacheDir, 'get-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function onPath(name: string, path = ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name + exe))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
