import { reading, rootCause, systemActor, transact } from '../../src/context.ts';
import type { JobHandler } from '../../src/queues.ts';
import { giveUp, recordAttempt, requestOf, waitingDelivery } from '../../src/webhooks/deliver.ts';
import { openSecrets } from '../../src/webhooks/secrets.ts';

const doing = { actor: systemActor, cause: rootCause({ kind: 'job' }) };

/** Makes the next attempt of a delivery; no transaction is open while it calls. Comes back when the schedule says. */
export const deliverWebhook: JobHandler = async (services, job) => {
  const delivery = await reading(services, doing, (ctx) => waitingDelivery(ctx, String(job.data.deliveryId)));
  if (delivery === undefined) return undefined;
  const { body, refusal } = delivery;
  if (refusal !== undefined || body === null) {
    await transact(services, doing, (ctx) => giveUp(ctx, delivery.id, refusal ?? 'there is nothing to say'));
    return undefined;
  }
  const now = services.now();
  if (delivery.nextAttemptAt > now) return { againAt: delivery.nextAttemptAt };
  const secrets = openSecrets(services.ports.secrets, 'webhook_endpoints', { row: delivery.sealed, now });
  const request = requestOf({ eventId: delivery.eventId, body }, secrets, now);
  const result = await services.ports.outbound.fetch(delivery.url, request);
  const againAt = await transact(services, doing, (ctx) => recordAttempt(ctx, delivery, result));
  return againAt === undefined ? undefined : { againAt };
};
