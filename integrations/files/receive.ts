import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../src/errors.ts';

/** What has come whole: its file on this machine's disk, its size, and the hex SHA-256 that names it. */
export interface Received {
  path: string;
  sha256: string;
  size: number;
}

/**
 * Takes a stream to a file in `folder`, and has `keep` put it where it belongs once it is whole. Afterwards nothing is left in the folder,
 * whatever went wrong. Throws 413 `body_too_large`.
 */
export async function receive(
  content: Readable,
  { folder, limitBytes }: { folder: string; limitBytes: number },
  keep: (received: Received) => Promise<void>,
): Promise<{ sha256: string; size: number }> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, randomUUID());
  try {
    const { sha256, size } = await write(content, path, limitBytes);
    await keep({ path, sha256, size });
    return { sha256, size };
  } finally {
    await rm(path, { force: true });
  }
}

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

/** Removes what a killed process had half received, when it is older than `before`. */
export async function removeHalfReceived(folder: string, before: Date): Promise<void> {
  const files = await opendir(folder).catch(() => undefined);
  if (files === undefined) return;
  for await (const { name } of files) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined); // another sweep may have been quicker
    if (found !== undefined && found.mtime < before) await rm(path, { force: true });
  }
}
