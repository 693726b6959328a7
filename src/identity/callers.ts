import { isDeepStrictEqual } from 'node:util';
import { type Actor, type Cause, type Context, reading, rootCause, type Services, systemActor, transact } from '../context.ts';
import type { Executor } from '../database.ts';
import { actorOfKey, type FoundKey, noteKeyUse } from './keys.ts';
import { createRefusals, noteRefusedCaller, type Refused } from './refused-callers.ts';
import { actorOfSession } from './sessions.ts';

/** Records whose events may change what some caller is allowed. */
const ofCallers = new Set(['user', 'api_key', 'role', 'team']);
/** Events about them that change nothing of the kind. */
const harmless = new Set(['user.signed_in', 'user.sign_in_failed', 'api_key.used', 'api_key.refused']);

/** Finds who calls, by session cookie or key; `door` is where it was shown. What is shown and is none is written into the log. */
export interface Callers {
  bySession(token: string, door: Cause['door']): Promise<Actor | undefined>;
  byKey(key: string, door: Cause['door']): Promise<Actor | undefined>;
  stop(): Promise<void>;
}

/** How long a caller is remembered when no news of them is heard; bounds what a lost connection to the log can hide. */
const rememberedMs = 3_000;
const rememberedAtMost = 10_000;

const doing = { actor: systemActor, cause: rootCause({ kind: 'http' }) };

type LookUp = (db: Executor, token: string, now: Date) => Promise<FoundKey | undefined>;

const lookUps: Record<Refused['kind'], LookUp> = {
  key: actorOfKey,
  async session(db, token, now) {
    const actor = await actorOfSession(db, token, now);
    return actor && { actor, stale: false };
  },
};

/** Who has shown nothing that is known. */
const nobody: Actor = { kind: 'user', id: null, userId: null, grants: { permissions: {}, capabilities: [] } };

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
  const refusals = createRefusals();
  const note = (as: { actor: Actor; door: Cause['door'] }, deed: (ctx: Context) => Promise<void>) => {
    const noted = transact(services, { actor: as.actor, cause: rootCause(as.door) }, deed)
      .catch((error: unknown) => services.log.warn({ err: error }, 'a caller was not noted'))
      .finally(() => noting.delete(noted));
    noting.add(noted);
  };
  const search = async (kind: Refused['kind'], token: string, door: Cause['door']) => {
    const shown = `${kind} ${token}`;
    const now = services.now();
    const before = forgotten;
    const found = await reading(services, doing, (ctx) => lookUps[kind](ctx.reads, token, now));
    // What is kept with an actor goes on being of use while nothing changes for them.
    const same = known.get(shown)?.actor;
    const actor = isDeepStrictEqual(same, found?.actor) ? same : found?.actor;
    if (known.size >= rememberedAtMost) known.clear();
    if (actor === undefined) known.delete(shown);
    else if (forgotten === before) known.set(shown, { actor, untilMs: now.getTime() + rememberedMs }); // else it may be old news
    const refused = { kind, shown: token };
    if (found === undefined && refusals.isNews(refused, door.address ?? '', now))
      note({ actor: nobody, door }, (ctx) => noteRefusedCaller(ctx, refused));
    if (found?.stale) note({ actor: found.actor, door }, (ctx) => noteKeyUse(ctx, found.actor.id ?? ''));
    return actor;
  };
  const find = async (kind: Refused['kind'], token: string, door: Cause['door']) => {
    const shown = `${kind} ${token}`; // a session's token is no key, nor a key one
    const remembered = known.get(shown);
    if (remembered !== undefined && remembered.untilMs > services.now().getTime()) return remembered.actor;
    const searching = searches.get(shown) ?? search(kind, token, door);
    searches.set(shown, searching);
    return searching.finally(() => {
      if (searches.get(shown) === searching) searches.delete(shown);
    });
  };
  return {
    bySession: (token, door) => find('session', token, door),
    byKey: (key, door) => find('key', key, door),
    async stop() {
      for (const end of subscriptions) end();
      await Promise.all(noting);
    },
  };
}
