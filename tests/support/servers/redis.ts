import { join } from 'node:path';
import { spawnServer } from '../../../bin/stack/process.ts';
import { freePorts, removeServer, temporaryFolder, untilListening } from './place.ts';

export interface TestRedis {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts a Redis of its own that keeps nothing on disk and, as BullMQ demands, evicts nothing. */
export async function startRedis(options: { port?: number } = {}): Promise<TestRedis> {
  const folder = temporaryFolder('redis');
  const port = options.port ?? (await freePorts(1))[0]!;
  const logFile = join(folder, 'redis.log');
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const server = spawnServer({
    command: 'redis-server',
    args: [...args, '--maxmemory-policy', 'noeviction'],
    logFile,
    env: process.env,
  });
  await untilListening(server, [port]);
  return { url: `redis://127.0.0.1:${port}`, pid: server.pid, stop: () => removeServer(server.pid, folder) };
}
