import type { Services } from '../src/context.ts';
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

/** Starts the BullMQ workers of this process and the sweeper that re-creates lost wake-ups. */
export async function startJobs(
  services: Services,
  queues: Queues,
  options: { holdSeconds?: number } = {},
): Promise<{ stop(): Promise<void> }> {
  const workers = await queues.listen(async (jobId, queue) => {
    const handler = handlers[queue];
    if (handler !== undefined) await work(services, handler, { jobId, holdSeconds: options.holdSeconds });
  });
  const sweeper = startSweeper(services);
  return {
    async stop() {
      await sweeper.stop();
      await workers.stop();
    },
  };
}
