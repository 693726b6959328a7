/** A workflow looks again after this long at the latest: timers have a limit, and due dates go up to the year 9999. */
const longestSleepMs = 365 * 86_400_000;

/** How long to sleep, in milliseconds, from one instant to another: never negative, and a year at most. */
export const sleepMs = (fromMs: number, untilMs: number): number => Math.min(Math.max(untilMs - fromMs, 1), longestSleepMs);
