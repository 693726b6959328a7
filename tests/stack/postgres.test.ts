import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { lockDataDir } from '../../bin/stack/lock.ts';
import { type EmbeddedPostgres, startPostgres } from '../../bin/stack/postgres.ts';
import { repairLinks } from '../../bin/stack/postgres-binaries.ts';
import { isAlive } from '../../bin/stack/process.ts';
import { asAdmin, databaseUrl } from '../support/database.ts';
import { eventually } from '../support/wait.ts';
import { dataFolder, killHard, silent, startOwner } from './stack.ts';

const isRoot = process.getuid?.() === 0;

async function started(dataDir: string, settings = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, log: silent, settings });
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function value(url: string, sql: string): Promise<unknown> {
  const { rows } = await asAdmin(url, (client) => client.query<unknown[]>({ text: sql, rowMode: 'array' }));
  return rows[0]?.[0];
}

test('the first start makes a UTF-8 cluster that sorts the same on every machine', async () => {
  const { url } = await started(dataFolder());
  expect(await value(url, 'show server_encoding')).toBe('UTF8');
  expect(await value(url, 'select datlocprovider::text || datlocale from pg_database where datname = current_database()')).toBe(
    'bC.UTF-8',
  );
  expect(await value(url, 'show max_connections')).toBe('200');
});

test('nobody gets in without the password, which only its owner can read', async () => {
  const dataDir = dataFolder();
  const { url } = await started(dataDir);
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(asAdmin(wrong.href, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '28P01' });
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dataDir, 'socket')).mode & 0o777).toBe(0o700);
});

test('a later start finds the data, and settings given to it hold', async () => {
  const dataDir = dataFolder();
  const first = await started(dataDir);
  await value(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await started(dataDir, { fsync: 'off' });
  expect(await value(second.url, 'select answer from kept')).toBe(42);
  expect(await value(second.url, 'show fsync')).toBe('off');
});

test('it stops within seconds although clients are connected', async () => {
  const postgres = await started(dataFolder());
  const client = new pg.Client(postgres.url);
  const ended = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await postgres.stop();
  expect(isAlive(postgres.pid)).toBe(false);
  await ended;
});

test('Ctrl-C in the terminal does not reach it, since it has a process group of its own', async () => {
  const { pid } = await started(dataFolder());
  const group = (id: number) => execFileSync('ps', ['-o', 'pgid=', '-p', String(id)], { encoding: 'utf8' }).trim();
  expect(group(pid)).toBe(String(pid));
  expect(group(pid)).not.toBe(group(process.pid));
});

test('after kill -9 of its owner the next start stops the orphan and finds what was committed', async () => {
  const dataDir = dataFolder();
  const owner = await startOwner(dataDir);
  await value(owner.postgres.url, 'create table kept as select 7 as answer');
  await killHard(owner);
  expect(isAlive(owner.postgres.pid)).toBe(true);
  const lock = await lockDataDir(dataDir);
  onTestFinished(() => lock.release());
  const { url, pid } = await started(join(dataDir, 'postgres'));
  expect(isAlive(owner.postgres.pid)).toBe(false);
  expect(pid).not.toBe(owner.postgres.pid);
  expect(await value(url, 'select answer from kept')).toBe(7);
});

test('after kill -9 of Postgres itself the next start recovers', async () => {
  const dataDir = dataFolder();
  const first = await started(dataDir);
  await value(first.url, 'create table kept as select 1 as answer');
  process.kill(first.pid, 'SIGKILL');
  await eventually(() => !isAlive(first.pid));
  expect(await value((await started(dataDir)).url, 'select answer from kept')).toBe(1);
});

test('a pid file that names another program neither hinders the start nor harms that program', async () => {
  const dataDir = dataFolder();
  const first = await started(dataDir);
  const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
  const text = readFileSync(pidFile, 'utf8');
  await first.stop();
  const bystander = spawn('tail', ['-f', '/dev/null']);
  onTestFinished(() => void bystander.kill());
  writeFileSync(pidFile, text.replace(/^\d+/, String(bystander.pid)));
  await started(dataDir);
  expect(isAlive(bystander.pid ?? 0)).toBe(true);
});

test('an interrupted first start does not hinder the next', async () => {
  const dataDir = dataFolder();
  mkdirSync(join(dataDir, 'cluster.new'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster.new', 'PG_VERSION'), '18\n');
  expect(await value((await started(dataDir)).url, 'select 1')).toBe(1);
});

test('data of another Postgres major are refused, and the message names the commands', async () => {
  const dataDir = dataFolder();
  mkdirSync(join(dataDir, 'cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
  const message = /made by Postgres 17, this release brings Postgres 18.*throughline backup.*throughline restore/;
  await expect(startPostgres({ dataDir, log: silent })).rejects.toThrow(message);
});

test('a setting that Postgres refuses fails the start with its own words', async () => {
  const starting = startPostgres({ dataDir: dataFolder(), log: silent, settings: { no_such_setting: '1' } });
  await expect(starting).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/);
});

test('a failed statement leaves no values of people in the log', async () => {
  const dataDir = dataFolder();
  const { url } = await started(dataDir);
  await asAdmin(url, async (client) => {
    await client.query('create table people (email text primary key)');
    await client.query(`insert into people values ('ann@example.test')`);
    await expect(client.query(`insert into people values ('ann@example.test')`)).rejects.toMatchObject({ code: '23505' });
  });
  const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
  expect(log).toContain('duplicate key');
  expect(log).not.toContain('ann@example.test');
});

test('library links that npm has not made are made at the start', () => {
  const native = join(dirname(dataFolder()), 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), '');
  writeFileSync(
    join(native, 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  );
  repairLinks(native);
  expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
});

test('as root, data that its system user cannot reach go to /var/lib/throughline, and the log says so', async () => {
  const dataDir = dataFolder();
  chmodSync(dirname(dataDir), 0o700);
  const said: unknown[] = [];
  const log = { ...silent, warn: (detail: object | string) => void said.push(detail) };
  const postgres = await startPostgres({ dataDir, log });
  onTestFinished(() => postgres.stop());
  const place = String(await value(databaseUrl(postgres.url, 'postgres'), 'show data_directory'));
  if (isRoot) onTestFinished(() => rmSync(dirname(dirname(place)), { recursive: true }));
  expect(place.startsWith(isRoot ? '/var/lib/throughline/' : dataDir)).toBe(true);
  expect(existsSync(join(dataDir, 'cluster'))).toBe(!isRoot);
  expect(said).toEqual(isRoot ? [expect.objectContaining({ wanted: dataDir, dataDir: dirname(place) })] : []);
});
