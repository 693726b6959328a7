import { ApplicationFailure } from '@temporalio/common';
import {
  type ActivityInterceptorsFactory,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { rootCause, type Services, systemActor, transact } from '../src/context.ts';
import { AppError, isUnavailable } from '../src/errors.ts';
import { startLoop } from '../src/loop.ts';
import { failRun } from '../src/runs.ts';
import { dealActivities } from './activities/deals.ts';
import { erasureActivities } from './activities/erasures.ts';
import { taskActivities } from './activities/tasks.ts';
import { workflowBundle } from './bundle.ts';
import { taskQueue } from './runs.ts';

export interface WorkerSettings {
  /** Host and port of Temporal's frontend; undefined while it is not known yet. */
  address(): string | undefined;
  /** Folder where the bundle of the workflows' code is kept. */
  bundleCacheDir: string;
}

/** The workflow worker of this process. */
export interface WorkflowWorker {
  /** Whether it takes tasks now. */
  isRunning(): boolean;
  /** Takes no more tasks and resolves when those under way have ended, ten seconds at most. */
  stop(): Promise<void>;
}

const idleMs = 500;

/** Starts the worker that carries out workflows and their activities. It waits for the engine, and begins again when it was lost. */
export function startWorkflowWorker(services: Services, { address, bundleCacheDir }: WorkerSettings): WorkflowWorker {
  const log = services.log.child({ loop: 'workflows' });
  let stopping = false;
  let worker: Worker | undefined;
  const work = async (at: string) => {
    installRuntime(log);
    const options = await workerOptions(services, bundleCacheDir);
    const connection = await NativeConnection.connect({ address: at });
    try {
      worker = await Worker.create({ ...options, connection });
      const running = worker.run();
      if (stopping) worker.shutdown();
      await running;
    } finally {
      worker = undefined;
      await connection.close();
    }
  };
  const loop = startLoop({
    async round() {
      const at = address();
      if (at !== undefined) await work(at);
      return false;
    },
    idleMs,
    log,
  });
  return {
    isRunning: () => worker?.getState() === 'RUNNING',
    async stop() {
      stopping = true;
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await loop.stop();
    },
  };
}

/** What makes a worker ours, apart from its connection. */
export async function workerOptions(services: Services, bundleCacheDir: string): Promise<WorkerOptions> {
  return {
    taskQueue,
    workflowBundle: { codePath: await workflowBundle(bundleCacheDir) },
    activities: { ...dealActivities(services), ...taskActivities(services), ...erasureActivities(services) },
    interceptors: { activity: [decisionsAreFinal(services)] },
    maxCachedWorkflows: 300,
    workflowThreadPoolSize: 1,
    maxConcurrentActivityTaskExecutions: 20,
    shutdownForceTime: '10 seconds',
  };
}

/** An `AppError` is a decision: it ends the run and is written into its row. Anything else is tried again. */
const decisionsAreFinal =
  (services: Services): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const workflowId = info.workflowExecution?.workflowId ?? '';
        const log = services.log.child({ workflowId, activity: info.activityType, attempt: info.attempt });
        try {
          const result = await next(input);
          log.debug('workflow step');
          return result;
        } catch (error) {
          log.warn({ err: error }, 'workflow step failed');
          if (!(error instanceof AppError) || isUnavailable(error)) throw error;
          const doing = { actor: systemActor, cause: rootCause({ kind: 'workflow' }), log };
          await transact(services, doing, (ctx) => failRun(ctx, workflowId, error.message));
          throw ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: true });
        }
      },
    },
  });

let isInstalled = false;

/** The SDK's one runtime per process: it logs as we do, and leaves signals to us. A second call changes nothing. */
export function installRuntime(log: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  const say =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: Record<string | symbol, unknown>) =>
      log[level]({ ...meta }, message);
  const logger = {
    log: (level: string, message: string, meta?: Record<string | symbol, unknown>) =>
      say(level.toLowerCase() as 'info')(message, meta), // the SDK's levels are ours in capitals
    trace: say('trace'),
    debug: say('debug'),
    info: say('debug'),
    warn: say('warn'),
    error: say('error'),
  };
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter, forward: {} } }, shutdownSignals: [] });
}
