import { newId, rootCause, type Services, systemActor, transact } from '../src/context.ts';
import { keepMailboxes, releaseMailbox, takeMailboxes } from '../src/email/mailbox-state.ts';
import { startLoop } from '../src/loop.ts';
import { runSession } from './mail-session.ts';

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };
const roundMs = 1_000;
const takenAtOnce = 25;

interface Session {
  generation: number | undefined;
  abort: AbortController;
  ended: Promise<void>;
}

export interface MailOptions {
  /** Mailboxes that this process holds at most; 1,000 unless told. */
  atMost?: number;
}

/**
 * The role `mail`: holds one connection for each connected mailbox that no other process holds. Leases in Postgres see to it; those of a
 * killed process run out within seconds. A mailbox whose settings change is let go and taken anew.
 */
export function startMail(services: Services, { atMost = 1_000 }: MailOptions = {}): { stop(): Promise<void> } {
  const me = newId();
  const sessions = new Map<string, Session>();
  let stopping = false;

  const start = (id: string) => {
    const abort = new AbortController();
    const ended = runSession(services, id, abort.signal)
      .catch((error: unknown) => services.log.error({ err: error, mailboxId: id }, 'mailbox session broke'))
      .then(() => transact(services, doing, (ctx) => releaseMailbox(ctx, me, id)))
      .catch((error: unknown) => services.log.warn({ err: error, mailboxId: id }, 'lease was not given back'))
      .then(() => {
        sessions.delete(id);
        if (!stopping) loop.poke();
      });
    sessions.set(id, { generation: undefined, abort, ended });
  };

  const keep = async () => {
    if (sessions.size === 0) return;
    const kept = await transact(services, doing, (ctx) => keepMailboxes(ctx, me, [...sessions.keys()]));
    const generations = new Map(kept.map(({ id, generation }) => [id, generation]));
    for (const [id, session] of sessions) {
      const generation = generations.get(id);
      session.generation ??= generation;
      if (generation === undefined || generation !== session.generation) session.abort.abort();
    }
  };

  const loop = startLoop({
    async round() {
      await keep();
      const room = Math.min(takenAtOnce, atMost - sessions.size);
      const taken = room > 0 ? await transact(services, doing, (ctx) => takeMailboxes(ctx, me, room)) : [];
      for (const id of taken) if (!sessions.has(id)) start(id);
      return taken.length === takenAtOnce;
    },
    idleMs: roundMs,
    log: services.log.child({ loop: 'mail' }),
  });
  const unsubscribe = services.ports.live.subscribe((events) => {
    if (events.some(({ type }) => /^mailbox\.(connected|updated|disconnected)$/.test(type))) loop.poke();
  });

  return {
    async stop() {
      stopping = true;
      unsubscribe();
      await loop.stop();
      for (const { abort } of sessions.values()) abort.abort();
      await Promise.all([...sessions.values()].map(({ ended }) => ended));
    },
  };
}
