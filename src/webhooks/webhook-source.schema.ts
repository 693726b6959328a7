import { z } from 'zod';
import { Id, label, PageQuery, text } from '../wire.ts';
import { SchemeOverrides } from './scheme.schema.ts';

const Preset = z.enum(['standard', 'github', 'hmac', 'token']);
const Mapping = label(65_536).describe('JSONata from the payload to { contact, activity } or { skip }');

/** A new source. `secret` is given when the sender makes it; one is made otherwise. `scheme` says what differs from the preset. */
export const CreateSource = z.strictObject({
  name: label(200),
  preset: Preset,
  scheme: SchemeOverrides.optional(),
  secret: text(500).min(16, { error: 'must have at least 16 characters' }).optional(),
  mapping: Mapping,
});
export type CreateSourceInput = z.output<typeof CreateSource>;

/** Changes of a source. */
export const UpdateSource = z.strictObject({ name: label(200), mapping: Mapping, disabled: z.boolean() }).partial();
export type UpdateSourceInput = z.output<typeof UpdateSource>;

/** A source on the wire. */
export const SourceOut = z
  .object({
    id: z.string(),
    name: z.string(),
    preset: Preset,
    scheme: SchemeOverrides,
    url: z.string(),
    mapping: z.string(),
    mappingVersion: z.int(),
    disabledAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
    version: z.int(),
  })
  .meta({ id: 'WebhookSource' });

/** A source with its secret, which is shown this once. */
export const NewSourceOut = SourceOut.extend({ secret: z.string() }).meta({ id: 'NewWebhookSource' });

const ReceiptState = z.enum(['received', 'done', 'failed', 'skipped']);

/** Filters of a source's receipts. */
export const ListReceipts = PageQuery.extend({ state: ReceiptState.optional() });

const receiptFields = {
  id: z.string(),
  sourceId: z.string(),
  state: ReceiptState,
  error: z.string().nullable(),
  mappingVersion: z.int().nullable(),
  contactId: z.string().nullable(),
  activityId: z.string().nullable(),
  receivedAt: z.string(),
  processedAt: z.string().nullable(),
};

/** What became of a request that was taken in. `error` says why it failed or was passed over. */
export const ReceiptOut = z.object(receiptFields).meta({ id: 'WebhookReceipt' });

/** A receipt with what was received: headers without the secret, and the body as text. */
export const WholeReceiptOut = z
  .object({ ...receiptFields, headers: z.record(z.string(), z.unknown()), body: z.string() })
  .meta({ id: 'WholeWebhookReceipt' });

/** A sample of a request that was refused; the newest are kept. */
export const RejectionOut = z
  .object({
    id: z.string(),
    reason: z.string(),
    headers: z.record(z.string(), z.unknown()),
    body: z.string(),
    rejectedAt: z.string(),
  })
  .meta({ id: 'WebhookRejection' });

/** Answer to a sender. A repeated delivery gets the id of its first receipt. */
export const AcceptedOut = z.object({ receiptId: Id }).meta({ id: 'WebhookAccepted' });
