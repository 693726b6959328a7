import {
  Client,
  Connection,
  isGrpcServiceError,
  type WorkflowExecutionStatusName,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Logger } from 'pino';
import { unavailable } from '../src/errors.ts';
import type { RunKind, RunState, RunsPort } from '../src/ports.ts';
import { workflowIdOf } from '../src/runs.ts';
import type { Poke, Watched } from '../workflows/entity.ts';
import type * as workflows from '../workflows/index.ts';

/** Where workers listen; the namespace is `default`. */
export const taskQueue = 'throughline';

export interface EngineOptions {
  /** Host and port of Temporal's frontend; undefined while it is not known yet. */
  address(): string | undefined;
  log: Logger;
}

/** The way to the workflow engine: the port that slices use, and what the process needs besides. */
export interface RunsClient extends RunsPort {
  /** Throws `workflows_unavailable` when the engine does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const workflowOf = {
  deal: 'dealLifecycle',
  task: 'taskReminder',
  erasure: 'contactErasure',
} as const satisfies Record<RunKind, keyof typeof workflows>;

const patienceMs = 4_000;
/** gRPC's own pauses grow to two minutes: too long for an engine that is back. */
const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
/** INVALID_ARGUMENT, the one answer that says that the call itself is wrong. */
const invalidArgument = 3;

/** Opens the way to the engine. Nothing is connected before the first call, and a lost connection is found again by itself. */
export function connectWorkflows({ address, log }: EngineOptions): RunsClient {
  let open: { at: string; connection: Connection; client: Client } | undefined;
  const clientNow = (): NonNullable<typeof open> => {
    const at = address();
    if (at === undefined) throw unavailable('workflows', 'The workflow engine is not ready yet.');
    if (open?.at === at) return open;
    void open?.connection.close().catch((error: unknown) => log.warn({ err: error }, 'old connection to the workflow engine'));
    const connection = Connection.lazy({ address: at, channelArgs, interceptors: [] });
    open = { at, connection, client: new Client({ connection }) };
    return open;
  };
  const call = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const { connection, client } = clientNow();
    try {
      return await connection.withAbortSignal(AbortSignal.timeout(patienceMs), () => work(client));
    } catch (error) {
      throw isRefusal(error) ? error : unavailable('workflows', 'The workflow engine does not answer now.', error);
    }
  };
  return {
    describe: (workflowId) => call((client) => describe(client, workflowId)),
    poke: ({ kind, recordId, ...poke }) =>
      call(async (client) => {
        await client.workflow.signalWithStart<(watched: Watched) => Promise<void>, [Poke]>(workflowOf[kind], {
          workflowId: workflowIdOf(kind, recordId),
          taskQueue,
          args: [{ id: recordId }],
          signal: 'poke',
          signalArgs: [poke],
        });
      }),
    check: () =>
      call(async ({ connection, options }) => {
        await connection.workflowService.describeNamespace({ namespace: options.namespace });
      }),
    async close() {
      await open?.connection.close();
      open = undefined;
    },
  };
}

async function describe(client: Client, workflowId: string): Promise<RunState | undefined> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return { status: statusOf[status.name] ?? 'unknown' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

const statusOf: Partial<Record<WorkflowExecutionStatusName, RunState['status']>> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
};

/** Whether the engine refuses the call for what it says, so that a repeat would be refused too. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) && Number(cause.code) === invalidArgument;
}
