import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts, endProcess, freePort, type SpawnedServer } from '../../../bin/stack/process.ts';
import { eventually } from '../wait.ts';

const living = new Set<number>();
let isWatching = false;

/** A folder of its own for a server, readable by the system users that some servers change to. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `throughline-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** As many free ports of the loopback, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Resolves when each port accepts connections; throws with the server's words when it ended instead. */
export async function untilListening(server: SpawnedServer, ports: number[]): Promise<void> {
  endWithUs(server.pid);
  for (const port of ports) {
    await eventually(async () => server.ending() !== undefined || (await accepts(port)));
  }
  if (server.ending() !== undefined) throw new Error(`the server ${server.ending()}:\n${server.words()}`);
}

/** A test process that ends without its hooks takes its servers along, since Ctrl-C does not reach them. */
export function endWithUs(pid: number): void {
  if (!isWatching) process.on('exit', () => living.forEach(endGroup));
  isWatching = true;
  living.add(pid);
}

/** Stops a server by its pid and removes its folder. */
export async function removeServer(pid: number, folder: string): Promise<void> {
  await endProcess(pid, [
    ['SIGTERM', 10_000],
    ['SIGKILL', 5_000],
  ]);
  endGroup(pid);
  living.delete(pid);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** What the server had started is in its process group. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}

export interface Certificate {
  cert: string;
  key: string;
}

/** A certificate for localhost and 127.0.0.1 that signs itself, made by openssl. */
export function selfSigned(folder: string): Certificate {
  const cert = join(folder, 'tls.crt');
  const key = join(folder, 'tls.key');
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  args.push('-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert);
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { cert, key };
}
