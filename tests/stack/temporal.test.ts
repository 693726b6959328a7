import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../bin/stack/process.ts';
import { type EmbeddedTemporal, obtainTemporalCli, startTemporal } from '../../bin/stack/temporal.ts';
import { startTestTemporal, temporalCli } from '../support/servers/temporal.ts';
import { startTimeSkipping } from '../support/servers/temporal-test-server.ts';
import { dataFolder, killHard, silent, startOwner } from './stack.ts';

async function started(dataDir: string): Promise<EmbeddedTemporal> {
  const temporal = await startTemporal({ binary: await temporalCli(), dataDir, log: silent });
  onTestFinished(() => temporal.stop());
  return temporal;
}

async function register(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  await connection.close();
}

async function hasNamespace(address: string, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address });
  const known = await connection.workflowService.describeNamespace({ namespace }).then(
    () => true,
    () => false,
  );
  await connection.close();
  return known;
}

test('it answers in the namespace `default` as soon as the start resolves', async () => {
  const temporal = await startTestTemporal();
  onTestFinished(() => temporal.stop());
  expect(await hasNamespace(temporal.address, 'default')).toBe(true);
});

test('its state outlives a stop', async () => {
  const dataDir = dataFolder();
  const first = await started(dataDir);
  await register(first.address, 'kept');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await started(dataDir);
  expect(await hasNamespace(second.address, 'kept')).toBe(true);
});

test('after kill -9 of its owner the next start stops the orphan', async () => {
  const dataDir = dataFolder();
  const owner = await startOwner(dataDir, await temporalCli());
  await killHard(owner);
  expect(isAlive(owner.temporal?.pid ?? 0)).toBe(true);
  await started(join(dataDir, 'temporal'));
  expect(isAlive(owner.temporal?.pid ?? 0)).toBe(false);
});

test('a pid file of a process that has gone, and whose pid another has, harms nobody', async () => {
  const dataDir = dataFolder();
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'temporal.pid'), `${process.ppid}\nanother boot/1\n`);
  const temporal = await started(dataDir);
  expect(isAlive(process.ppid)).toBe(true);
  expect(readFileSync(join(dataDir, 'temporal.pid'), 'utf8')).toContain(`${temporal.pid}\n`);
});

test('a program that is not Temporal fails the start with its own words', async () => {
  const binary = join(dataFolder(), '..', 'temporal');
  writeFileSync(binary, '#!/bin/sh\necho no engine in here\nexit 3\n');
  chmodSync(binary, 0o755);
  const starting = startTemporal({ binary, dataDir: dataFolder(), log: silent });
  await expect(starting).rejects.toThrow(/exited with code 3[\s\S]*no engine in here/);
});

test('a port that another program took since starts it once more with others', async () => {
  const folder = dataFolder();
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, 'first-refused');
  // What the server says: the cause, and then the trace of its own crash.
  writeFileSync(
    binary,
    `#!/bin/sh
if [ -e ${folder}/refused ]; then exec ${await temporalCli()} "$@"; fi
touch ${folder}/refused
echo 'level=ERROR msg="Failed to start gRPC listener" error="listen tcp 127.0.0.1:42889: bind: address already in use"'
echo 'panic: runtime error: invalid memory address or nil pointer dereference'
seq 60 | sed 's/^/main.go:/'
exit 2
`,
    { mode: 0o755 },
  );
  const temporal = await startTemporal({ binary, dataDir: join(folder, 'temporal'), log: silent });
  onTestFinished(() => temporal.stop());
  expect(await hasNamespace(temporal.address, 'default')).toBe(true);
});

test('the command line is taken from TEMPORAL_CLI, then PATH, then the cache, and without any there is none', async () => {
  const cacheDir = dataFolder();
  const binary = await temporalCli();
  const path = join(cacheDir, 'bin');
  mkdirSync(path, { recursive: true });
  const obtain = (env: { TEMPORAL_CLI?: string; PATH?: string }) =>
    obtainTemporalCli({ cacheDir, log: silent, env, allowDownload: false });
  expect(await obtain({ PATH: path })).toBeUndefined();
  symlinkSync(binary, join(cacheDir, 'temporal-1.5.1'));
  expect(await obtain({ PATH: path })).toBe(join(cacheDir, 'temporal-1.5.1'));
  symlinkSync(binary, join(path, 'temporal'));
  expect(await obtain({ PATH: path })).toBe(join(path, 'temporal'));
  expect(await obtain({ PATH: path, TEMPORAL_CLI: binary })).toBe(binary);
  expect(await obtain({ PATH: path, TEMPORAL_CLI: '/nowhere/temporal' })).toBe(join(path, 'temporal'));
});

test('in the time-skipping server a month passes within seconds', async () => {
  const environment = await startTimeSkipping();
  onTestFinished(() => environment.teardown());
  const before = await environment.currentTimeMs();
  await environment.sleep('30 days');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * 86_400_000);
});
