import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { S3mini, S3ServiceError } from 's3mini';
import * as undici from 'undici';
import { unavailable } from '../../src/errors.ts';
import type { Dialer, FileStore } from '../../src/ports.ts';
import { vettedConnector } from '../vetted-connector.ts';
import { receive, removeHalfReceived } from './receive.ts';

export interface S3Options {
  /** `https://<key>:<secret>@<host>/<bucket>`, with `?region=` where it is not us-east-1. */
  url: string;
  dialer: Dialer;
  /** Folder of this machine where a file is until it has come whole: S3 wants its size and its name first. */
  coming: string;
}

/** A file store with connections of its own. */
export interface S3Files extends FileStore {
  close(): Promise<void>;
}

/**
 * Stores files in a bucket of an S3 store, by the names they have on disk, so that a copy of the folder is a bucket. The store checks the
 * SHA-256 of what it gets. Throws 503 `file_store_unavailable` when it cannot be reached or refuses us.
 */
export function s3Files({ url, dialer, coming }: S3Options): S3Files {
  const agent = new undici.Agent({
    connect: vettedConnector(dialer, { timeout: quickMs }),
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  const bucket = bucketAt(url, agent);
  return {
    put: (content, limitBytes) =>
      receive(content, { folder: coming, limitBytes }, async ({ path, sha256, size }) => {
        const checksum = { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') };
        // Not a Blob: of those undici reads all at once.
        const content = Readable.toWeb(createReadStream(path)) as globalThis.ReadableStream; // the DOM's type of the same stream
        await asked(bucket.putObject(keyOf(sha256), content, undefined, undefined, checksum, size));
      }),
    has: async (sha256) => (await asked(bucket.objectExists(keyOf(sha256)))) === true,
    async open(sha256) {
      const answer = await asked(bucket.getObjectResponse(keyOf(sha256)));
      return answer?.body ? Readable.fromWeb(answer.body as ReadableStream) : undefined; // as above
    },
    remove: async (sha256) => void (await asked(bucket.deleteObject(keyOf(sha256)))),
    async *list(before) {
      await removeHalfReceived(coming, before);
      let next: string | undefined;
      do {
        const page = await asked(bucket.listObjectsPaged('/', '', 1_000, next));
        for (const { Key, LastModified } of page?.objects ?? []) {
          const [, name] = contentKey.exec(Key) ?? [];
          if (name !== undefined && LastModified < before) yield name;
        }
        next = page?.nextContinuationToken;
      } while (next !== undefined);
    },
    close: () => agent.destroy(),
  };
}

const keyOf = (sha256: string): string => `${sha256.slice(0, 2)}/${sha256}`;
const contentKey = /^[0-9a-f]{2}\/([0-9a-f]{64})$/;

/** Some are asked for within a transaction, which ends when nothing comes for 10 s. */
const quickMs = 5_000;
const sendMs = 30_000;
const leastBytesPerMs = 50;

function bucketAt(url: string, agent: undici.Agent): S3mini {
  const { origin, pathname, username, password, searchParams } = new URL(url);
  return new S3mini({
    endpoint: origin + pathname,
    region: searchParams.get('region') ?? 'us-east-1',
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
    fetch: fetchThrough(agent),
  });
}

/** What is read may take its time, as long as something comes; what is sent has a limit by its size, and all else is quick. */
function fetchThrough(agent: undici.Agent): typeof fetch {
  return (input, { method, headers, body } = {}) => {
    const bytes = Number(new Headers(headers).get('content-length') ?? 0);
    const limitMs = method === 'PUT' ? sendMs + Math.ceil(bytes / leastBytesPerMs) : quickMs;
    const signal = method === 'GET' ? null : AbortSignal.timeout(limitMs);
    const request = { method, headers, body, signal, duplex: 'half', redirect: 'manual', dispatcher: agent };
    return undiciFetch(input, request as RequestInit); // the DOM knows neither `dispatcher` nor `duplex`
  };
}

/** The platform's fetch takes no dispatcher of another undici than its own; this one is declared apart, and is the same. */
const undiciFetch = undici.fetch as unknown as typeof fetch;

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw unavailable('file_store', 'The file store does not answer as it should.', withoutRequest(error));
  }
}

/** What S3 answers to a request that it refuses repeats parts of it, the key's id among them: no log needs that. */
const withoutRequest = (error: unknown): unknown => (error instanceof S3ServiceError ? new Error(error.message) : error);
