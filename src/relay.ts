import { type Consumer, registerConsumers, startConsumer } from './consumers.ts';
import type { Services } from './context.ts';
import type { Loop } from './loop.ts';
import { type Step, startSequencer } from './sequencer.ts';

/** The relay of this process: the sequencer, and the loops that hand the log on to its consumers. */
export interface Relay {
  stop(): Promise<void>;
}

/** Starts the relay. Any number of processes may; row locks and leases in Postgres see to it that each event is handed on once. */
export async function startRelay(services: Services, consumers: readonly Consumer[], step?: Step): Promise<Relay> {
  await registerConsumers(services, consumers);
  const loops: Loop[] = consumers.map((consumer) => startConsumer(services, consumer, step));
  const sequencer = startSequencer({
    db: services.db,
    log: services.log.child({ loop: 'sequencer' }),
    onBatch: () => {
      for (const loop of loops) loop.poke();
    },
    step,
  });
  const deaf = services.ports.commits.subscribe(sequencer.poke);
  return {
    async stop() {
      deaf();
      await sequencer.stop();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
