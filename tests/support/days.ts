import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { connectWorkflows } from '../../workers/runs.ts';
import { installRuntime, workerOptions } from '../../workers/temporal.ts';
import { workflowsConsumer } from '../../workers/workflows-consumer.ts';
import type { WatchState } from '../../workflows/entity.ts';
import { type Hub, startHub } from './hub.ts';
import { startTimeSkipping } from './servers/temporal-test-server.ts';
import { eventually } from './wait.ts';

/** Where all test files of this clone keep the bundle of the workflows. */
export const bundleCacheDir = join(tmpdir(), 'throughline-tests-bundles');

/** A hub with its relay and workflow worker, on an engine in which days pass in milliseconds; the hub's clock goes with it. */
export interface Days {
  hub: Hub;
  environment: TestWorkflowEnvironment;
  /** Lets days pass, also parts of them. */
  pass(days: number): Promise<void>;
  /** The instant so many days from now, as the wire writes it. */
  ahead(days: number): string;
  /** The workflow's own answer to the `state` query. */
  state(workflowId: string): Promise<WatchState>;
  /** Waits until the run of the record at this path awaits what the text says, and gives it as the API shows it. */
  until(path: string, awaiting: RegExp): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts them; the caller stops them. */
export async function startDays(): Promise<Days> {
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  installRuntime(log);
  const environment = await startTimeSkipping();
  let offsetMs = (await environment.currentTimeMs()) - Date.now();
  const now = () => new Date(Date.now() + offsetMs);
  const runs = connectWorkflows({ address: () => environment.address, log });
  const hub = await startHub({ consumers: [workflowsConsumer], ports: { runs }, now });
  const options = await workerOptions(hub.services, bundleCacheDir);
  const worker = await Worker.create({ ...options, connection: environment.nativeConnection });
  const working = worker.run();
  return {
    hub,
    environment,
    async pass(days) {
      await environment.sleep(days * 86_400_000);
      offsetMs = (await environment.currentTimeMs()) - Date.now();
    },
    ahead: (days) => new Date(now().getTime() + days * 86_400_000).toISOString(),
    state: (workflowId) => environment.client.workflow.getHandle(workflowId).query<WatchState>('state'),
    until: (path, awaiting) =>
      eventually(async () => {
        const { body } = await hub.call('GET', `${path}/workflow`);
        if (!awaiting.test(String(body.awaiting))) throw new Error(`${JSON.stringify(body)}, not ${awaiting}`);
        return body as Record<string, unknown>;
      }),
    async stop() {
      worker.shutdown();
      await working;
      await hub.stop();
      await runs.close();
      await environment.teardown();
    },
  };
}
