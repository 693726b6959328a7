import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { StackLog } from './stack/report.ts';

const clone = resolve(import.meta.dirname, '..');
const dist = join(clone, 'web', 'dist');
const stamp = join(dist, 'sources.sha256');

/** What the page is made of. */
const sources = ['web/**/*.{ts,tsx,css,html,json,svg}', 'src/**/*.schema.ts', 'src/wire.ts', 'package-lock.json'];

/**
 * The folder of the built page. Builds it by Vite, in a process of its own, when it is missing or older than its sources; an image has
 * it built ahead and no Vite, and takes what is there. Undefined when there is no page and no way to build it: the API works without.
 * Throws with Vite's own words when the build fails.
 */
export async function ensureWebBuilt({ log }: { log: StackLog }): Promise<string | undefined> {
  const built = existsSync(join(dist, 'index.html')) ? dist : undefined;
  const vite = viteBin();
  if (vite === undefined) {
    if (built === undefined) log.warn('The web page is not built and Vite is not installed; only the API is served.');
    return built;
  }
  const hash = await hashOf(sources);
  if (built !== undefined && (await readFile(stamp, 'utf8').catch(() => '')) === hash) return built;
  log.info(built === undefined ? 'Building the web page ...' : 'The web page has changed; building it anew ...');
  const started = performance.now();
  await build(vite);
  await writeFile(stamp, hash);
  log.info(`The web page is built (${((performance.now() - started) / 1_000).toFixed(1)} s).`);
  return dist;
}

function viteBin(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  } catch {
    return undefined; // an image without development packages
  }
}

async function hashOf(patterns: string[]): Promise<string> {
  const names: string[] = [];
  for await (const name of glob(patterns, { cwd: clone, exclude: ['web/dist/**'] })) names.push(name);
  const hash = createHash('sha256');
  for (const name of names.sort()) hash.update(`${name}\0`).update(await readFile(join(clone, name)));
  return hash.digest('hex');
}

async function build(vite: string): Promise<void> {
  const args = [vite, 'build', '--config', join(clone, 'web', 'vite.config.ts'), '--logLevel', 'warn'];
  const child = spawn(process.execPath, args, { cwd: clone, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk).slice(-10_000)));
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`The web page could not be built:\n${output.trim()}`);
}
