import { useSyncExternalStore } from 'react';

/** Whether the hub answers, as the last call and the live stream saw it. */
let reachable = true;
const listeners = new Set<() => void>();

/** Notes whether the hub answered just now. */
export function setReachable(now: boolean): void {
  if (reachable === now) return;
  reachable = now;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Whether the hub can be reached; renders again when that changes. */
export const useReachable = (): boolean => useSyncExternalStore(subscribe, () => reachable);
