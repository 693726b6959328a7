import { createReadStream } from 'node:fs';
import { mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore } from '../../src/ports.ts';
import { receive, removeHalfReceived } from './receive.ts';

/** Stores files in a folder, each under the SHA-256 of what it holds: the same content is there once. Made when it is first needed. */
export function diskFiles(folder: string): FileStore {
  const placeOf = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  const coming = join(folder, 'coming');
  return {
    put: (content, limitBytes) =>
      receive(content, { folder: coming, limitBytes }, async ({ path, sha256 }) => {
        await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true });
        await rename(path, placeOf(sha256)); // also makes it young again, so that no sweep takes it
      }),
    has: (sha256) => isThere(placeOf(sha256)),
    async open(sha256) {
      return (await isThere(placeOf(sha256))) ? createReadStream(placeOf(sha256)) : undefined;
    },
    remove: (sha256) => rm(placeOf(sha256), { force: true }),
    async *list(before) {
      await removeHalfReceived(coming, before);
      for await (const { path, name } of walk(folder)) {
        const found = await stat(path).catch(() => undefined); // another sweep may have been quicker
        if (found !== undefined && found.mtime < before) yield name;
      }
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function* walk(folder: string): AsyncGenerator<{ path: string; name: string }> {
  const root = await opendir(folder).catch(() => undefined);
  if (root === undefined) return;
  for await (const { name: part } of root) {
    if (part === 'coming') continue;
    for await (const { name } of await opendir(join(folder, part))) yield { path: join(folder, part, name), name };
  }
}
