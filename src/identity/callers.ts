import { type Actor, type Cause, reading, rootCause, type Services, systemActor, transact } from '../context.ts';
import type { Executor } from '../database.ts';
import { actorOfKey, type FoundKey, noteKeyUse } from './keys.ts';
import { actorOfSession } from './sessions.ts';

/** Records whose events may change what some caller is allowed. */
const ofCallers = new Set(['user', 'api_key', 'role', 'team']);
/** Events about them that change nothing of the kind. */
const harmless = new Set(['user.signed_in', 'user.sign_in_failed', 'api_key.used']);

/** Finds who calls, by session cookie or key. */
export interface Callers {
  bySession(token: string): Promise<Actor | undefined>;
  /** `door` is where the key was used. */
  byKey(key: string, door: Cause['door']): Promise<Actor | undefined>;
  stop(): Promise<void>;
}

/** How long a caller is remembered when no news of them is heard; bounds what a lost connection to the log can hide. */
const rememberedMs = 3_000;
const rememberedAtMost = 10_000;

const doing = { actor: systemActor, cause: rootCause({ kind: 'http' }) };

type LookUp = (db: Executor, token: string, now: Date) => Promise<FoundKey | undefined>;

/**
 * Remembers callers for a few seconds, since the look-up would double the cost of a read. Whatever happens to users, keys, sessions,
 * roles and teams is in the log, and each such event makes this process forget all of them at once.
 */
export function rememberCallers(services: Services): Callers {
  const known = new Map<string, { actor: Actor; untilMs: number }>();
  /** Look-ups under way: of requests that come at once with one token, the first looks for all. */
  const searches = new Map<string, Promise<Actor | undefined>>();
  let forgotten = 0;
  const forget = (events: readonly { type: string; recordType: string }[]) => {
    if (!events.some(({ type, recordType }) => ofCallers.has(recordType) && !harmless.has(type))) return;
    forgotten += 1;
    known.clear();
    searches.clear(); // whoever asks from now on hears the news
  };
  const subscriptions = [services.ports.commits.subscribe(forget), services.ports.live.subscribe(forget)];
  const noting = new Set<Promise<void>>();
  const noteUse = (actor: Actor, door: Cause['door']) => {
    const note = transact(services, { actor, cause: rootCause(door) }, (ctx) => noteKeyUse(ctx, actor.id ?? ''))
      .catch((error: unknown) => services.log.warn({ err: error }, 'use of a key was not noted'))
      .finally(() => noting.delete(note));
    noting.add(note);
  };
  const search = async (token: string, lookUp: LookUp, door?: Cause['door']) => {
    const now = services.now();
    const before = forgotten;
    const found = await reading(services, doing, (ctx) => lookUp(ctx.reads, token, now));
    if (known.size >= rememberedAtMost) known.clear();
    if (found === undefined) known.delete(token);
    else if (forgotten === before) known.set(token, { actor: found.actor, untilMs: now.getTime() + rememberedMs }); // else it may be old news
    if (found?.stale && door !== undefined) noteUse(found.actor, door);
    return found?.actor;
  };
  const find = async (token: string, lookUp: LookUp, door?: Cause['door']) => {
    const remembered = known.get(token);
    if (remembered !== undefined && remembered.untilMs > services.now().getTime()) return remembered.actor;
    const searching = searches.get(token) ?? search(token, lookUp, door);
    searches.set(token, searching);
    return searching.finally(() => {
      if (searches.get(token) === searching) searches.delete(token);
    });
  };
  const session: LookUp = async (db, token, now) => {
    const actor = await actorOfSession(db, token, now);
    return actor && { actor, stale: false };
  };
  return {
    bySession: (token) => find(token, session),
    byKey: (key, door) => find(key, actorOfKey, door),
    async stop() {
      for (const end of subscriptions) end();
      await Promise.all(noting);
    },
  };
}
