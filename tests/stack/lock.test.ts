import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDataDir } from '../../bin/stack/lock.ts';
import { dataFolder, killHard, startOwner } from './stack.ts';

test('a second start on the same data is refused and told the pid of the first', async () => {
  const dataDir = dataFolder();
  const owner = await startOwner(dataDir);
  await expect(lockDataDir(dataDir)).rejects.toThrow(`in use by process ${owner.child.pid}`);
  await killHard(owner);
  const lock = await lockDataDir(dataDir);
  await lock.release();
});

test('a released lock can be taken again, and nothing of it is left', async () => {
  const dataDir = dataFolder();
  for (let round = 0; round < 3; round++) await (await lockDataDir(dataDir)).release();
  expect(readdirSync(dataDir)).toEqual([]);
});

test('a lock whose pid now belongs to another process is cleared', async () => {
  const dataDir = dataFolder();
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'lock'), JSON.stringify({ pid: process.ppid, start: 'another boot/1' }));
  await (await lockDataDir(dataDir)).release();
});

test.for(['', '{', 'null', '{"pid":"x"}'])('a damaged lock file (%j) is cleared', async (content) => {
  const dataDir = dataFolder();
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'lock'), content);
  await (await lockDataDir(dataDir)).release();
});

test('the same process is refused as well', async () => {
  const dataDir = dataFolder();
  const lock = await lockDataDir(dataDir);
  await expect(lockDataDir(dataDir)).rejects.toThrow(`already in use by this process (${process.pid})`);
  await lock.release();
});
