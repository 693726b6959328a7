import type { Logger } from 'pino';

export interface LoopOptions {
  /** One round; true when there may be more to do at once. */
  round(): Promise<boolean>;
  /** Pause after a round that found nothing more; a poke ends it. */
  idleMs: number;
  /** Shortest time from the start of a round that left nothing to the next: under load a round then does more at once. None unless said. */
  gapMs?: number;
  log: Logger;
  /** Called after a failed round, to give up what may be broken (a connection). */
  recover?(): Promise<void>;
}

/** A loop of this process that works, waits for a poke or its idle time, and works again until it is stopped. */
export interface Loop {
  poke(): void;
  /** Resolves when the round under way has ended. */
  stop(): Promise<void>;
}

const longestBackOffMs = 10_000;

/** Starts a loop. A failed round is logged and followed by a growing pause that pokes do not cut short: what failed is away. */
export function startLoop(options: LoopOptions): Loop {
  let stopped = false;
  let poked = false;
  let failures = 0;
  let wake = () => {};

  const pause = (ms: number, endsOnPoke: boolean) =>
    new Promise<void>((resolve) => {
      if (stopped || (endsOnPoke && poked)) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        if (!stopped && !endsOnPoke) return;
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async () => {
    while (!stopped) {
      poked = false;
      const started = performance.now();
      try {
        const more = await options.round();
        failures = 0;
        if (more) continue;
        const gap = (options.gapMs ?? 0) - (performance.now() - started);
        if (gap > 0) await pause(gap, false);
        await pause(options.idleMs, true);
      } catch (error) {
        failures += 1;
        if (!stopped) options.log.warn({ err: error, failures }, 'loop waits after a failure');
        await options.recover?.().catch(() => {});
        await pause(Math.min(longestBackOffMs, 250 * 2 ** Math.min(failures, 10)), false);
      }
    }
  };

  const running = run();
  return {
    poke() {
      poked = true;
      wake();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
