import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

/** A file of an archive that is made while it is sent. */
export interface ZipEntry {
  name: string;
  content: AsyncIterable<Uint8Array | string>;
  /** Left as it is: what people store is mostly packed already. */
  packed?: boolean;
}

/** The bytes of a zip archive of these files, one after the other; never more of them in memory than a chunk. At most 4 GB. */
export async function* zipped(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    ready.push(chunk);
  });
  for await (const { name, content, packed = false } of entries) {
    const entry = packed ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
    zip.add(entry);
    for await (const chunk of content) {
      entry.push(typeof chunk === 'string' ? encoder.encode(chunk) : new Uint8Array(chunk));
      yield* ready.splice(0);
    }
    entry.push(new Uint8Array(0), true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}

const encoder = new TextEncoder();
