/** What decides whether a deal rots. Instants are milliseconds since 1970. */
export interface Attention {
  /** Days in the deal's stage without an activity after which it rots; null: never. */
  rotDays: number | null;
  stageEnteredAtMs: number;
  /** The last logged activity or completed task. */
  lastActivityAtMs: number | null;
  /** Due date of the last task that is still planned. */
  plannedUntilMs: number | null;
}

export interface Freshness {
  /** What its patience counts from. */
  freshSinceMs: number;
  /** When it begins to rot; null: never. */
  rotsAtMs: number | null;
}

const dayMs = 86_400_000;

/** A deal is fresh for `rotDays` after it entered its stage or last saw an activity, and for as long as a task is planned ahead. */
export function freshnessOf({ rotDays, stageEnteredAtMs, lastActivityAtMs, plannedUntilMs }: Attention): Freshness {
  const freshSinceMs = Math.max(stageEnteredAtMs, lastActivityAtMs ?? stageEnteredAtMs);
  if (rotDays === null) return { freshSinceMs, rotsAtMs: null };
  const patienceEndsMs = freshSinceMs + rotDays * dayMs;
  return { freshSinceMs, rotsAtMs: Math.max(patienceEndsMs, plannedUntilMs ?? patienceEndsMs) };
}

/** Whether a deal rots at an instant. */
export const isRotten = ({ rotsAtMs }: Freshness, atMs: number): boolean => rotsAtMs !== null && rotsAtMs <= atMs;
