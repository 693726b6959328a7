import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Evaluation } from '../../src/ports.ts';
import type { Outcome, Work } from './thread.ts';

export interface SeatLimits {
  timeoutMs: number;
  memoryMb: number;
  idleMs: number;
}

/** One process that evaluates one expression at a time. */
export interface Seat {
  /** Never rejects. Not to be called again before it has answered. */
  run(work: Work): Promise<Evaluation>;
  close(): Promise<void>;
}

/** A place for a process: empty at first and when idle for long, filled again after a limit has killed its process. */
export function createSeat(limits: SeatLimits): Seat {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let closing = false;

  function leave(): ChildProcess | undefined {
    const left = child;
    child = undefined;
    left?.kill('SIGKILL');
    return left;
  }

  async function evaluate(work: Work): Promise<Evaluation> {
    if (!child?.connected) child = startSandbox(limits.memoryMb);
    const sandbox = child;
    setHeld(sandbox, true);
    if (!sandbox.pid || !(await isReady(sandbox))) throw new Error('its process has ended');
    return evaluateIn(sandbox, work, limits);
  }

  return {
    async run(work) {
      clearTimeout(idle);
      const evaluation = await evaluate(work).catch((error: Error) => unavailable(error.message));
      if (closing) return unavailable('it is being stopped');
      if (!evaluation.ok && evaluation.code !== 'error') leave();
      if (child) setHeld(child, false);
      idle = setTimeout(leave, limits.idleMs).unref();
      return evaluation;
    },
    async close() {
      closing = true;
      clearTimeout(idle);
      const left = leave();
      if (left?.pid && left.exitCode === null && left.signalCode === null) await once(left, 'exit');
    },
  };
}

function unavailable(why: string): Evaluation {
  return { ok: false, code: 'busy', message: `the evaluator is not available: ${why}` };
}

const readyOnes = new WeakSet<ChildProcess>();

/** Waits for the first message, which the thread sends once it has loaded; false when the process ends before. */
async function isReady(sandbox: ChildProcess): Promise<boolean> {
  if (readyOnes.has(sandbox)) return true;
  const waiting = new AbortController();
  const { signal } = waiting;
  const first = await Promise.race([
    once(sandbox, 'message', { signal }).then(() => true),
    once(sandbox, 'exit', { signal }).then(() => false),
  ]).finally(() => waiting.abort());
  if (first) readyOnes.add(sandbox);
  return first;
}

/** The environment is empty: no secret of the parent is within reach. */
function startSandbox(memoryMb: number): ChildProcess {
  return fork(fileURLToPath(new URL('./sandbox.ts', import.meta.url)), [String(memoryMb)], {
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function evaluateIn(sandbox: ChildProcess, work: Work, { timeoutMs, memoryMb }: SeatLimits): Promise<Evaluation> {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const timer = setTimeout(() => end({ ok: false, code: 'timeout', message: `not done after ${timeoutMs} ms` }), timeoutMs);
  const onMessage = (outcome: Outcome) =>
    end(outcome.ok ? { ok: true, value: JSON.parse(outcome.json) } : { ...outcome, code: 'error' });
  const onExit = () => end({ ok: false, code: 'memory', message: `needs more than ${memoryMb} MB` });
  const end = (evaluation: Evaluation) => {
    clearTimeout(timer);
    sandbox.off('message', onMessage).off('exit', onExit);
    resolve(evaluation);
  };
  sandbox.on('message', onMessage).on('exit', onExit);
  sandbox.send(work, (error) => error && onExit());
  return promise;
}

/** A resting process does not keep the parent alive. */
function setHeld(child: ChildProcess, held: boolean): void {
  if (held) child.ref();
  else child.unref();
  if (held) child.channel?.ref();
  else child.channel?.unref();
}
