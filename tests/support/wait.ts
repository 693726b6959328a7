import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** How long the fact may take; 60 s when not given. */
  timeoutMs?: number;
  intervalMs?: number;
}

/**
 * Waits for a fact: calls `fn` until it neither throws nor returns false or undefined, and returns its value. Past the
 * deadline it throws the last error, or one that says what was seen last.
 */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 25 }: Patience = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      const value = await fn();
      if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>;
      problem = new Error(`not within ${timeoutMs} ms: ${String(fn)} (last: ${String(value)})`);
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadline) throw problem;
    await pause(intervalMs);
  }
}
