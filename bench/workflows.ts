import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { pino } from 'pino';
import { userCacheDir } from '../bin/stack/cache.ts';
import { obtainTemporalCli, startTemporal } from '../bin/stack/temporal.ts';
import { createCommits } from '../src/commits.ts';
import { readConfig } from '../src/config.ts';
import { type Context, rootCause, rowOf, type Services, systemActor, transact } from '../src/context.ts';
import { openDatabase, SQL } from '../src/database.ts';
import { createDeal } from '../src/deals/deals.ts';
import { moveDeal } from '../src/deals/move-deal.ts';
import type { Ports } from '../src/ports.ts';
import { startRelay } from '../src/relay.ts';
import type { Look, Looked } from '../workers/activities/deals.ts';
import { connectWorkflows } from '../workers/runs.ts';
import { installRuntime, workerOptions } from '../workers/temporal.ts';
import { workflowsConsumer } from '../workers/workflows-consumer.ts';
import type { Report } from './run.ts';
import type { bare } from './servers/bare.workflow.ts';
import { benchPostgres } from './servers/postgres.ts';

const run = promisify(execFile);
const scale = Number(process.env.BENCH_SCALE ?? 1);
const openDeals = Math.round(1_000 * scale);
const samples = 200;

/**
 * How long a stage move takes until its workflow's first effect is committed, against what a bare signal takes until its workflow's first
 * activity begins on the same server, with `1000 * BENCH_SCALE` deals open. The target of the ratio at p95 is 1.5.
 */
export async function bench(report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-bench-workflows-'));
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const stack = await startStack(folder, closing);
    const ids = await openAll(stack, report);
    const { bareMs, moveMs } = await measure(stack, ids);
    for (const [name, times] of [
      ['bare signal to first activity', bareMs],
      ['stage move to first effect', moveMs],
    ] as const) {
      report(`${name}, p50`, percentile(times, 0.5), 'ms');
      report(`${name}, p95`, percentile(times, 0.95), 'ms');
    }
    report('ratio at p50', percentile(moveMs, 0.5) / percentile(bareMs, 0.5));
    report('ratio at p95 (target: 1.5 or less)', percentile(moveMs, 0.95) / percentile(bareMs, 0.95));
    report('memory of our process', process.memoryUsage().rss / 1e6, 'MB');
    report('memory of Temporal', residentMb(stack.temporalPid), 'MB');
  } finally {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Stack {
  services: Services;
  client: Client;
  temporalPid: number;
  /** Resolves when the next look at this deal has been committed. */
  looked(id: string): Promise<void>;
  /** Resolves when the bare workflow's next activity begins. */
  arrived(): Promise<void>;
}

async function startStack(folder: string, closing: (() => Promise<unknown>)[]): Promise<Stack> {
  const quiet = { info: () => undefined, warn: console.warn, error: console.error };
  const log = pino({ level: 'warn' }, pino.destination(2));
  installRuntime(log);
  const postgres = await benchPostgres();
  closing.push(() => postgres.stop());
  const binary = await obtainTemporalCli({ cacheDir: userCacheDir(), log: quiet });
  if (binary === undefined) throw new Error('no Temporal here: name its command line in TEMPORAL_CLI');
  const temporal = await startTemporal({ binary, dataDir: join(folder, 'temporal'), log: quiet });
  closing.push(() => temporal.stop());
  const db = await openDatabase({ url: postgres.url });
  closing.push(() => db.close());
  const runs = connectWorkflows({ address: () => temporal.address, log });
  closing.push(() => runs.close());
  const ports = { commits: createCommits(), queues: { wake: () => undefined }, runs } as Partial<Ports> as Ports; // all it needs
  const services: Services = { db, ports, config: readConfig({ DATABASE_URL: postgres.url }), log, now: () => new Date() };
  const relay = await startRelay(services, [workflowsConsumer]);
  closing.push(() => relay.stop());
  const { looked, arrived } = await startWorkers(services, { address: temporal.address, folder }, closing);
  const connection = await Connection.connect({ address: temporal.address });
  closing.push(() => connection.close());
  return { services, client: new Client({ connection }), temporalPid: temporal.pid, looked, arrived };
}

async function startWorkers(
  services: Services,
  { address, folder }: { address: string; folder: string },
  closing: (() => Promise<unknown>)[],
): Promise<Pick<Stack, 'looked' | 'arrived'>> {
  const connection = await NativeConnection.connect({ address });
  closing.push(() => connection.close());
  const start = async (options: WorkerOptions) => {
    const worker = await Worker.create({ ...options, connection });
    const running = worker.run();
    closing.push(async () => {
      worker.shutdown();
      await running;
    });
  };
  const waiting = new Map<string, () => void>();
  const next = (key: string) => new Promise<void>((resolve) => waiting.set(key, resolve));
  const options = await workerOptions(services, folder);
  const ours = options.activities as { lookAtDeal(look: Look): Promise<Looked> }; // the SDK's type says object
  const lookAtDeal = async (look: Look) => {
    const found = await ours.lookAtDeal(look);
    waiting.get(look.id)?.();
    return found;
  };
  await start({ ...options, activities: { ...ours, lookAtDeal } });
  const codePath = join(folder, 'bare.js');
  const workflowsPath = join(import.meta.dirname, 'servers/bare.workflow.ts');
  await run(process.execPath, [join(import.meta.dirname, '../workers/bundle-process.ts'), codePath, workflowsPath]);
  const arrived = async () => waiting.get('bare')?.();
  await start({ taskQueue: 'bare', workflowBundle: { codePath }, activities: { arrived }, workflowThreadPoolSize: 1 });
  return { looked: next, arrived: () => next('bare') };
}

const deed = <T>(services: Services, work: (ctx: Context) => Promise<T>) =>
  transact(services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, work);

/** Makes the deals and waits until each has its workflow. */
async function openAll({ services }: Stack, report: Report): Promise<string[]> {
  const ids: string[] = [];
  const began = performance.now();
  while (ids.length < openDeals) {
    const count = Math.min(50, openDeals - ids.length);
    await deed(services, async (ctx) => {
      for (let n = 0; n < count; n++) ids.push((await createDeal(ctx, { name: `Deal ${ids.length}` })).id);
    });
  }
  for (let running = 0; running < openDeals; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const row = await deed(services, (ctx) =>
      rowOf<{ count: number }>(ctx, SQL`select count(*)::int as count from runs where state = 'running'`),
    );
    running = row?.count ?? 0;
  }
  report('open deal workflows', openDeals);
  report('deals made and their workflows waiting', openDeals / ((performance.now() - began) / 1_000), '/s');
  return ids;
}

/** Takes turns, so that whatever else the machine does falls on both. */
async function measure(
  { services, client, looked, arrived }: Stack,
  ids: string[],
): Promise<Record<'bareMs' | 'moveMs', number[]>> {
  const handle = await client.workflow.start<typeof bare>('bare', { workflowId: 'bare', taskQueue: 'bare' });
  const bareMs: number[] = [];
  const moveMs: number[] = [];
  for (let n = -20; n < samples; n++) {
    const bareTime = await timed(arrived(), () => handle.signal('poke'));
    const id = ids[(n + 20) % ids.length] ?? '';
    const stage = Math.floor((n + 20) / ids.length) % 2 === 0 ? 'proposal' : 'negotiation';
    const moveTime = await timed(looked(id), () => deed(services, (ctx) => moveDeal(ctx, { id }, { stage })));
    if (n < 0) continue; // warming up
    bareMs.push(bareTime);
    moveMs.push(moveTime);
  }
  await handle.terminate();
  return { bareMs, moveMs };
}

async function timed(done: Promise<void>, act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  await done;
  return performance.now() - began;
}

function percentile(times: number[], part: number): number {
  return [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
}

/** Resident memory of a process; not a number where there is no /proc. */
function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000;
  } catch {
    return Number.NaN;
  }
}
