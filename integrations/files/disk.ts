import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../src/errors.ts';
import type { FileStore } from '../../src/ports.ts';

/** Stores files in a folder, each under the SHA-256 of what it holds: the same content is there once. Made when it is first needed. */
export function diskFiles(folder: string): FileStore {
  const placeOf = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  const coming = join(folder, 'coming');
  return {
    async put(content, limitBytes) {
      await mkdir(coming, { recursive: true });
      const path = join(coming, randomUUID());
      try {
        const { sha256, size } = await write(content, path, limitBytes);
        await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true });
        await rename(path, placeOf(sha256)); // also makes it young again, so that no sweep takes it
        return { sha256, size };
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    has: (sha256) => isThere(placeOf(sha256)),
    async open(sha256) {
      return (await isThere(placeOf(sha256))) ? createReadStream(placeOf(sha256)) : undefined;
    },
    remove: (sha256) => rm(placeOf(sha256), { force: true }),
    async *list(before) {
      for await (const { path, name, isContent } of walk(folder)) {
        const found = await stat(path).catch(() => undefined); // another sweep may have been quicker
        if (found === undefined || found.mtime >= before) continue;
        if (isContent) yield name;
        else await rm(path, { force: true });
      }
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes to the disk, not only to its cache, and counts and hashes on the way. */
async function write(content: Readable, path: string, limitBytes: number): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limitBytes) throw new AppError('body_too_large', 413, `A file may have at most ${limitBytes} bytes.`);
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

async function* walk(folder: string): AsyncGenerator<{ path: string; name: string; isContent: boolean }> {
  const root = await opendir(folder).catch(() => undefined);
  if (root === undefined) return;
  for await (const { name: part } of root) {
    for await (const { name } of await opendir(join(folder, part)))
      yield { path: join(folder, part, name), name, isContent: part !== 'coming' };
  }
}
