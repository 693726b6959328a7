import { type Actor, reading, rootCause, type Services, systemActor } from '../context.ts';
import type { Executor } from '../database.ts';
import { actorOfKey } from './keys.ts';
import { actorOfSession } from './sessions.ts';

/** Records whose events may change what some caller is allowed. */
const ofCallers = new Set(['user', 'api_key', 'role', 'team']);

/** Finds who calls, by session cookie or key. */
export interface Callers {
  bySession(token: string): Promise<Actor | undefined>;
  byKey(key: string): Promise<Actor | undefined>;
  stop(): void;
}

/** How long a caller is remembered when no news of them is heard; bounds what a lost connection to the log can hide. */
const rememberedMs = 3_000;
const rememberedAtMost = 10_000;

const doing = { actor: systemActor, cause: rootCause({ kind: 'http' }) };

/**
 * Remembers callers for a few seconds, since the look-up would double the cost of a read. Whatever happens to users, keys, sessions, roles and teams is
 * in the log, and each such event makes this process forget all of them at once.
 */
export function rememberCallers(services: Services): Callers {
  const known = new Map<string, { actor: Actor; untilMs: number }>();
  const forget = (events: readonly { recordType: string }[]) => {
    if (events.some((event) => ofCallers.has(event.recordType))) known.clear();
  };
  const subscriptions = [services.ports.commits.subscribe(forget), services.ports.live.subscribe(forget)];
  const find = async (token: string, lookUp: (db: Executor, token: string, now: Date) => Promise<Actor | undefined>) => {
    const now = services.now();
    const remembered = known.get(token);
    if (remembered !== undefined && remembered.untilMs > now.getTime()) return remembered.actor;
    const actor = await reading(services, doing, (ctx) => lookUp(ctx.reads, token, now));
    if (known.size >= rememberedAtMost) known.clear();
    if (actor === undefined) known.delete(token);
    else known.set(token, { actor, untilMs: now.getTime() + rememberedMs });
    return actor;
  };
  return {
    bySession: (token) => find(token, actorOfSession),
    byKey: (key) => find(key, actorOfKey),
    stop() {
      for (const end of subscriptions) end();
    },
  };
}
