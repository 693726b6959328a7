import { join } from 'node:path';
import { diskFiles } from '../integrations/files/disk.ts';
import { s3Files } from '../integrations/files/s3.ts';
import type { Config } from '../src/config.ts';
import { createDialer } from '../src/dialer.ts';
import type { FileStore } from '../src/ports.ts';

/** The store of files that the settings ask for, and where it is, without credentials. */
export interface OpenFiles {
  files: FileStore;
  place: string;
  close(): Promise<void>;
}

/** Opens the file store. The operator's store may be at a private address, to which nobody else's connections may go. */
export function openFiles({ storageUrl, dataDir, allowPrivateHosts }: Config): OpenFiles {
  const folder = join(dataDir, 'files');
  if (storageUrl === undefined) return { files: diskFiles(folder), place: folder, close: () => Promise.resolve() };
  const { origin, pathname, hostname } = new URL(storageUrl);
  const dialer = createDialer({ allowPrivateHosts: [...allowPrivateHosts, hostname] });
  const files = s3Files({ url: storageUrl, dialer, coming: join(folder, 'coming') });
  return { files, place: origin + pathname, close: () => files.close() };
}
