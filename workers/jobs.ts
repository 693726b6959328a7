import type { Services } from '../src/context.ts';
import { fairShare } from '../src/fair-share.ts';
import type { QueueName } from '../src/ports.ts';
import { type JobHandler, type Queues, startSweeper, work } from '../src/queues.ts';
import { bulk } from './jobs/bulk.ts';
import { mailSend } from './jobs/mail-send.ts';
import { receiveWebhook } from './jobs/webhook-in.ts';
import { deliverWebhook } from './jobs/webhook-out.ts';

/** What is done for each queue. */
const handlers: Partial<Record<QueueName, JobHandler>> = {
  'mail-send': mailSend,
  'webhook-in': receiveWebhook,
  'webhook-out': deliverWebhook,
  bulk,
};

/** How many of these go on at once in the queue `bulk`, whose jobs may take hours; with one of each other kind all have a place. */
const longAtOnce = { 'bulk-edit': 2, 'personal-export': 2 };

/** Starts the BullMQ workers of this process and the sweeper that re-creates lost wake-ups. */
export async function startJobs(
  services: Services,
  queues: Queues,
  options: { holdSeconds?: number } = {},
): Promise<{ stop(): Promise<void> }> {
  const share = fairShare(services, longAtOnce);
  const workers = await queues.listen(async (jobId, queue) => {
    const handler = handlers[queue];
    if (handler === undefined) return;
    const run = (id: string) => work(services, handler, { jobId: id, holdSeconds: options.holdSeconds });
    await (queue === 'bulk' ? share(jobId, run) : run(jobId));
  });
  const sweeper = startSweeper(services);
  return {
    async stop() {
      await sweeper.stop();
      await workers.stop();
    },
  };
}
