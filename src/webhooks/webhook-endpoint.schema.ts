import { z } from 'zod';
import { label, optionalText, PageQuery } from '../wire.ts';

const Url = label(2_000).pipe(z.url({ protocol: /^https?$/, error: 'must be an address such as https://example.com/hooks' }));
/** Checked against the catalogue by the deed: this file is the browser's too. */
const EventTypes = z.array(label(100)).min(1).max(200);

/** A new endpoint; without `eventTypes` it gets every event that its owner may see. */
export const CreateEndpoint = z.strictObject({
  url: Url,
  eventTypes: EventTypes.nullish(),
  description: optionalText(500).optional(),
});
export type CreateEndpointInput = z.output<typeof CreateEndpoint>;

/** Changes of an endpoint; `eventTypes: null` is all of them. */
export const UpdateEndpoint = z
  .strictObject({ url: Url, eventTypes: EventTypes.nullable(), description: optionalText(500), disabled: z.boolean() })
  .partial();
export type UpdateEndpointInput = z.output<typeof UpdateEndpoint>;

/** An endpoint on the wire. `disabledReason`: by a user, because it answered 410, or because it failed for five days. */
export const EndpointOut = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    eventTypes: z.array(z.string()).nullable(),
    ownerId: z.string().nullable(),
    disabledAt: z.string().nullable(),
    disabledReason: z.enum(['user', 'gone', 'failing']).nullable(),
    failingSince: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'WebhookEndpoint' });

/** An endpoint with its secret, which is shown this once. */
export const NewEndpointOut = EndpointOut.extend({ secret: z.string() }).meta({ id: 'NewWebhookEndpoint' });

const DeliveryState = z.enum(['pending', 'delivered', 'failed', 'gone']);

/** Filters of an endpoint's deliveries. */
export const ListDeliveries = PageQuery.extend({ state: DeliveryState.optional() });

/** One event on its way to one endpoint. `eventId` is the `webhook-id` header of every attempt. */
export const DeliveryOut = z
  .object({
    id: z.string(),
    endpointId: z.string(),
    eventId: z.string(),
    eventType: z.string(),
    eventPosition: z.int().nullable(),
    state: DeliveryState,
    attempts: z.int(),
    nextAttemptAt: z.string().nullable(),
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
    createdAt: z.string(),
    settledAt: z.string().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

/** One call: the status when there was an answer, the reason when there was none, and the first 16 kB of what came. */
export const AttemptOut = z
  .object({
    id: z.string(),
    at: z.string(),
    status: z.int().nullable(),
    ms: z.int(),
    error: z.string().nullable(),
    response: z.string().nullable(),
    responseTruncated: z.boolean(),
  })
  .meta({ id: 'WebhookAttempt' });
