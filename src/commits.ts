import type { CommitsPort } from './ports.ts';

/** The commits of one process. */
export function createCommits(): CommitsPort {
  const listeners = new Set<Parameters<CommitsPort['subscribe']>[0]>();
  return {
    committed(events) {
      for (const listener of listeners) listener(events);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
