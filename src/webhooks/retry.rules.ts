const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** The pauses after the first, second, ... failed attempt: twelve attempts over 76 hours. */
const pausesMs = [
  5 * seconds,
  30 * seconds,
  2 * minutes,
  10 * minutes,
  30 * minutes,
  2 * hours,
  5 * hours,
  10 * hours,
  14 * hours,
  20 * hours,
  24 * hours,
] as const;

const longestRetryAfterMs = 24 * hours;

/**
 * Milliseconds to wait after attempt number `attempt` (from 1) has failed, or null when it was the last one.
 * `random` in [0, 1) spreads the pause by a fifth either way; a receiver's `retryAfterMs` may lengthen it, never shorten.
 */
export function nextAttemptDelayMs(attempt: number, random: number, retryAfterMs = 0): number | null {
  const pauseMs = pausesMs[attempt - 1];
  if (pauseMs === undefined) return null;
  return Math.max(Math.round(pauseMs * (0.8 + 0.4 * random)), Math.min(retryAfterMs, longestRetryAfterMs));
}

/**
 * A `Retry-After` header (RFC 9110, 10.2.3: whole seconds or an HTTP date) in milliseconds from `now`, at most 24 hours.
 * Zero when it is absent, unreadable or past.
 */
export function retryAfterMs(header: string | undefined, now: Date): number {
  const text = header?.trim() ?? '';
  if (/^\d{1,12}$/.test(text)) return Math.min(Number(text) * seconds, longestRetryAfterMs);
  if (!/^[A-Z][a-z]{2,8}, /.test(text)) return 0;
  const untilMs = Date.parse(text) - now.getTime();
  return Number.isFinite(untilMs) ? Math.min(Math.max(untilMs, 0), longestRetryAfterMs) : 0;
}

/**
 * What an answer's status means for a delivery: `delivered` (2xx), `gone` (410: the endpoint is to be disabled),
 * `retry` (all else; a redirect is a failure, as Standard Webhooks says). `undefined`: no answer came.
 */
export function outcomeOf(status: number | undefined): 'delivered' | 'gone' | 'retry' {
  if (status === undefined) return 'retry';
  if (status >= 200 && status < 300) return 'delivered';
  return status === 410 ? 'gone' : 'retry';
}
