import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const { arrived } = proxyActivities<{ arrived(): Promise<void> }>({ startToCloseTimeout: '10 seconds' });

/** The least that reacts to a signal with an activity: what Temporal itself takes. */
export async function bare(): Promise<void> {
  let pokes = 0;
  setHandler(defineSignal('poke'), () => {
    pokes += 1;
  });
  for (let seen = 0; ; seen += 1) {
    await condition(() => pokes > seen);
    await arrived();
  }
}
