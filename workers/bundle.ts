import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const top = resolve(import.meta.dirname, '..');
const script = join(import.meta.dirname, 'bundle-process.ts');
const namesake = /^workflows-[0-9a-f]{16}\.js$/;

/**
 * The file of the workflows' bundle in `folder`, made when there is none of this code and SDK. It is made in a process of its own, since
 * that takes 100 MB and a second.
 */
export async function workflowBundle(folder: string): Promise<string> {
  const file = join(resolve(folder), `workflows-${fingerprint()}.js`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const draft = `${file}.${process.pid}`;
  try {
    await run(process.execPath, [script, draft], { timeout: 120_000 });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  for (const name of readdirSync(folder))
    if (namesake.test(name) && !file.endsWith(name)) rmSync(join(folder, name), { force: true });
  return file;
}

/** Of all that the bundle is made of. */
function fingerprint(): string {
  const hash = createHash('sha256').update(sdkVersion());
  const files = globSync(['workflows/*.ts', 'src/**/*.rules.ts'], { cwd: top }).sort();
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(top, file)));
  return hash.update(readFileSync(script)).digest('hex').slice(0, 16);
}

function sdkVersion(): string {
  const manifest = createRequire(import.meta.url).resolve('@temporalio/worker/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
