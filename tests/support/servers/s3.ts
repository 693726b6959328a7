import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userCacheDir } from '../../../bin/stack/cache.ts';
import { spawnServer } from '../../../bin/stack/process.ts';
import { freePorts, removeServer, temporaryFolder, untilListening } from './place.ts';

const version = '1.8.0';
const run = promisify(execFile);

/** The S3 server (versitygw), when it is here: S3_SERVER or the user's cache. */
export function s3Server(): string | undefined {
  return [process.env.S3_SERVER ?? '', join(userCacheDir(), `versitygw-${version}`)].find(existsSync);
}

/** Compiles the S3 server: a few minutes when nothing is cached. Throws without a Go compiler. */
export async function fetchS3Server(): Promise<string> {
  const cache = userCacheDir();
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'get-'));
  try {
    const go = ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find(existsSync) ?? 'go';
    const env = { ...process.env, GOBIN: folder, GOFLAGS: '-buildvcs=false' };
    await run(go, ['install', `github.com/versity/versitygw/cmd/versitygw@v${version}`], { env, timeout: 20 * 60_000 });
    const target = join(cache, `versitygw-${version}`);
    renameSync(join(folder, 'versitygw'), target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface TestS3 {
  /** Of its one bucket, with credentials. */
  url: string;
  access: string;
  secret: string;
  /** The folder that is the bucket: each file in it is an object. */
  bucket: string;
  stop(): Promise<void>;
}

/** Starts an S3 server with one empty bucket. */
export async function startS3(): Promise<TestS3> {
  const binary = s3Server();
  if (binary === undefined) throw new Error('no S3 server here: run "npm test", which gets it, or name a versitygw in S3_SERVER');
  const folder = temporaryFolder('s3');
  const bucket = join(folder, 'data', 'bucket');
  mkdirSync(bucket, { recursive: true });
  const port = (await freePorts(1))[0]!;
  const [access, secret] = ['KEY0OF0TESTS', 'a secret/with+signs'];
  const logFile = join(folder, 's3.log');
  const server = spawnServer({
    command: binary,
    args: ['--port', `127.0.0.1:${port}`, '--access', access, '--secret', secret, 'posix', '--nometa', join(folder, 'data')],
    logFile,
    env: process.env,
  });
  await untilListening(server, [port]);
  const url = `http://${access}:${encodeURIComponent(secret)}@127.0.0.1:${port}/bucket`;
  return { url, access, secret, bucket, stop: () => removeServer(server.pid, folder) };
}
