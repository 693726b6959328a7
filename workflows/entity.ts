import { condition, continueAsNew, defineQuery, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { sleepMs } from '../src/sleep.rules.ts';
import type { Look, Looked } from '../workers/activities/deals.ts';

/** The event that led to a poke. It carries no state: the workflow reads the record as it stands. */
export interface Poke {
  eventId: string | null;
  position: number | null;
}

/** Which record a workflow watches over. */
export interface Watched {
  id: string;
}

/** Answer of the `state` query. */
export interface WatchState {
  id: string;
  step: string;
  wakeAtMs: number | null;
  pokes: number;
}

export const pokeSignal = defineSignal<[Poke]>('poke');
export const stateQuery = defineQuery<WatchState>('state');

/**
 * Watches over one record: looks at it after the start, after each poke and whenever a look asked for it, until a look says that it is
 * over. What is due is decided and done by the look, which Postgres guards; here is nothing but waiting.
 */
export async function watchOver({ id }: Watched, look: (what: Look) => Promise<Looked>): Promise<void> {
  const state: WatchState = { id, step: 'Beginning', wakeAtMs: null, pokes: 0 };
  setHandler(pokeSignal, () => {
    state.pokes += 1;
  });
  setHandler(stateQuery, () => state);
  for (;;) {
    const seen = state.pokes;
    const found = await look({ id, atMs: Date.now() });
    state.step = found.step;
    state.wakeAtMs = found.wakeAtMs;
    const isPoked = () => state.pokes !== seen;
    // A poke that came during the look may tell of a reopened record, hence no end before another look.
    if (found.over && !isPoked()) return;
    // The handlers never wait, so none is under way here; and the next run begins with a look, so no poke is lost.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<(watched: Watched) => Promise<void>>({ id });
    if (found.wakeAtMs === null) await condition(isPoked);
    else await condition(isPoked, sleepMs(Date.now(), found.wakeAtMs));
  }
}
