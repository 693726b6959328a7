import type pg from 'pg';
import type { Services } from './context.ts';
import { kyselyOf } from './database.ts';
import { headOf, type LogEvent, readLog } from './log.ts';
import { startLoop } from './loop.ts';
import type { LivePort } from './ports.ts';

/** A live port that runs: it hears the sequencer's NOTIFY and reads the log on from its own position, once for all listeners. */
export interface Live extends LivePort {
  stop(): Promise<void>;
}

const pageSize = 1_000;
/** When no NOTIFY is heard (a lost connection), the log is looked at anyway. */
const idleMs = 1_000;
/** Under load listeners get what has gathered in this time. */
const gapMs = 40;

/** Starts hearing the log. */
export function startLive(services: Pick<Services, 'db' | 'log'>): Live {
  const listeners = new Set<(events: readonly LogEvent[]) => void>();
  let client: pg.Client | undefined;
  let position: number | undefined;
  const db = () => kyselyOf(services.db.orm.em.fork());
  const close = async () => {
    const closing = client;
    client = undefined;
    await closing?.end().catch(() => {});
  };
  const loop = startLoop({
    async round() {
      if (client === undefined) {
        const fresh = await services.db.connect('throughline-live');
        fresh.on('notification', () => loop.poke());
        fresh.on('end', () => void close());
        client = fresh;
        await fresh.query('listen log');
      }
      position ??= await headOf(db());
      const page = await readLog(db(), { after: position, types: null, history: true, limit: pageSize });
      position = page.scannedTo;
      if (page.events.length > 0) for (const listener of listeners) listener(page.events);
      return page.events.length === pageSize;
    },
    idleMs,
    gapMs,
    log: services.log.child({ loop: 'live' }),
    recover: close,
  });
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      await loop.stop();
      await close();
    },
  };
}
