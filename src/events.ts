import { z } from 'zod';
import { eventsOf } from './event-definition.ts';

const id = z.string();
const idOrNull = z.string().nullable();
/** Field by field what an edit changed, in the wire's names and values; a created record changes from null. */
const changes = z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }));

/** A message by its links alone: whoever reads the log need not be allowed to read the mail. */
const mail = { mailboxId: id, threadId: id, activityId: idOrNull, kind: z.string(), contactIds: z.array(id) };

/** What of the hub's data goes out to a caller as a file. */
const exported = { of: z.string(), filter: z.record(z.string(), z.unknown()) };

/** Whom a record is shared with. */
const share = { shareId: id, userId: idOrNull, teamId: idOrNull, access: z.enum(['read', 'edit']) };

/** What another system calls a record. */
const external = { system: z.string(), externalId: id };

/** Keys of the stages; their names as they were then, where they are known; the pipelines, where they differ. */
const move = {
  from: z.string(),
  to: z.string(),
  names: z.object({ from: z.string(), to: z.string() }).optional(),
  pipelines: z.object({ from: id, to: id }).optional(),
};

const company = eventsOf('company', 'companyId');
const contact = eventsOf('contact', 'contactId');
const erasure = eventsOf('erasure', 'erasureId');
const pipeline = eventsOf('pipeline', 'pipelineId');
const deal = eventsOf('deal', 'dealId');
const activity = eventsOf('activity', 'activityId');
const activityType = eventsOf('activity_type', 'activityTypeId');
const task = eventsOf('task', 'taskId');
const customField = eventsOf('custom_field', 'fieldId');
const tag = eventsOf('tag', 'tagId');
const bulkEdit = eventsOf('bulk_edit', 'bulkEditId');
const file = eventsOf('file', 'fileId');
const view = eventsOf('view', 'viewId');
const mailbox = eventsOf('mailbox', 'mailboxId');
const message = eventsOf('message', 'messageId');
const user = eventsOf('user', 'userId');
const system = eventsOf('system', 'systemId');
const provider = eventsOf('system', 'providerId');
const apiKey = eventsOf('api_key', 'keyId');
const exporting = eventsOf('export', 'exportId');
const role = eventsOf('role', 'roleId');
const team = eventsOf('team', 'teamId');
const webhookSource = eventsOf('webhook_source', 'sourceId');
const webhookReceipt = eventsOf('webhook_receipt', 'receiptId');
const webhookEndpoint = eventsOf('webhook_endpoint', 'endpointId');

/** Every event there is, with the shape of its `data`: ids and the facts of the change. Named `noun.past_tense`. */
export const catalogue = {
  'company.created': company({ changes }, (data) => ({
    type: 'company_created',
    subject: 'Company created',
    companyId: data.companyId,
  })),
  'company.updated': company({ changes }),
  'company.identified': company(external),
  'company.unidentified': company(external),
  'company.duplicate_dismissed': company({ pairId: id }),
  'company.deleted': company(),
  'company.restored': company(),
  'company.purged': company(),
  'company.shared': company(share),
  'company.unshared': company(share),
  'contact.created': contact({ changes }, (data) => ({
    type: 'contact_created',
    subject: 'Contact created',
    contactId: data.contactId,
  })),
  'contact.updated': contact({ changes }),
  'contact.identified': contact(external),
  'contact.unidentified': contact(external),
  'contact.duplicate_dismissed': contact({ pairId: id }),
  'contact.deleted': contact(),
  'contact.restored': contact(),
  'contact.purged': contact(),
  'contact.consent_changed': contact({ purpose: z.string(), changes }),
  'contact.access_requested': contact({ userId: id }),
  'contact.readmitted': contact(),
  'contact.erased': contact({ erasureId: id, counts: z.record(z.string(), z.int()) }),
  'erasure.requested': erasure({ contactId: id }),
  'contact.shared': contact(share),
  'contact.unshared': contact(share),
  'pipeline.created': pipeline({ changes }),
  'pipeline.deleted': pipeline(),
  'stage.created': pipeline({ stage: z.string(), changes }),
  'stage.updated': pipeline({ stage: z.string(), changes }),
  'stage.deleted': pipeline({ stage: z.string() }),
  'pipeline.updated': pipeline({ changes }),
  'deal.created': deal({ contactId: idOrNull, companyId: idOrNull, stage: z.string(), changes }, (data) => ({
    type: 'deal_created',
    subject: 'Deal created',
    ...linksOf(data),
  })),
  'deal.updated': deal({ changes }),
  'deal.stage_changed': deal({ contactId: idOrNull, companyId: idOrNull, ...move }, ({ names, ...data }) => ({
    type: 'deal_stage_changed',
    subject: `Moved from ${names?.from ?? data.from} to ${names?.to ?? data.to}`,
    ...linksOf(data),
  })),
  'deal.closed': deal(
    { contactId: idOrNull, companyId: idOrNull, ...move, status: z.enum(['won', 'lost']), reason: z.string().nullable() },
    (data) => ({ type: 'deal_closed', subject: data.status === 'won' ? 'Deal won' : 'Deal lost', ...linksOf(data) }),
  ),
  'deal.reopened': deal({ contactId: idOrNull, companyId: idOrNull, ...move }, (data) => ({
    type: 'deal_reopened',
    subject: 'Deal reopened',
    ...linksOf(data),
  })),
  'deal.rotted': deal({ stage: z.string(), since: z.string() }),
  'deal.identified': deal(external),
  'deal.unidentified': deal(external),
  'deal.deleted': deal(),
  'deal.restored': deal(),
  'deal.purged': deal(),
  'deal.shared': deal(share),
  'deal.unshared': deal(share),
  'activity.logged': activity({
    type: z.string(),
    source: z.string(),
    direction: z.enum(['in', 'out']).nullable(),
    contactIds: z.array(id),
    companyId: idOrNull,
    dealId: idOrNull,
  }),
  'activity.updated': activity({ dealId: idOrNull, changes }),
  'activity.identified': activity(external),
  'activity.unidentified': activity(external),
  'activity.deleted': activity({ dealId: idOrNull }),
  'activity.restored': activity({ dealId: idOrNull }),
  'activity.purged': activity(),
  'activity_type.created': activityType({ key: z.string(), changes }),
  'activity_type.updated': activityType({ changes }),
  'task.created': task({ contactId: idOrNull, dealId: idOrNull, assignedTo: idOrNull, dueDate: z.string().nullable(), changes }),
  'task.updated': task({ dealId: idOrNull, changes }),
  'task.completed': task(
    {
      title: z.string(),
      contactId: idOrNull,
      companyId: idOrNull,
      dealId: idOrNull,
      /** The task that comes after it, when it recurs. */
      nextTaskId: idOrNull,
    },
    (data) => ({ type: 'task_completed', subject: data.title, ...linksOf(data) }),
  ),
  'task.came_due': task({ dueDate: z.string() }),
  'task.identified': task(external),
  'task.unidentified': task(external),
  'task.deleted': task({ dealId: idOrNull }),
  'task.restored': task({ dealId: idOrNull }),
  'task.purged': task(),
  'custom_field.created': customField({ object: z.string(), name: z.string(), type: z.string() }),
  'custom_field.updated': customField({ object: z.string(), changes }),
  'custom_field.converted': customField({
    object: z.string(),
    name: z.string(),
    from: z.string(),
    to: z.string(),
    records: z.int(),
  }),
  'custom_field.indexed': customField({ state: z.enum(['none', 'ready', 'failed']) }),
  'custom_field.archived': customField(),
  'custom_field.restored': customField(),
  'tag.created': tag({ name: z.string() }),
  'tag.updated': tag({ changes }),
  'tag.merged': tag({ into: id }),
  'tag.deleted': tag(),
  'bulk_edit.started': bulkEdit({ object: z.string() }),
  'bulk_edit.finished': bulkEdit(),
  'bulk_edit.cancelled': bulkEdit(),
  'bulk_edit.undone': bulkEdit(),
  'file.attached': file({ object: z.string(), recordId: id, name: z.string(), size: z.int() }),
  'file.deleted': file({ object: z.string(), recordId: id }),
  'view.created': view({ object: z.string(), name: z.string() }),
  'view.updated': view({ changes }),
  'view.deleted': view(),
  'mailbox.connected': mailbox({ address: z.string(), ownerId: id }),
  'mailbox.updated': mailbox({ changes }),
  'mailbox.state_changed': mailbox({ from: z.string(), to: z.string(), code: z.string().nullable() }),
  'mailbox.backfilled': mailbox({ folderId: id, logged: z.int(), waiting: z.int(), skipped: z.int(), quarantined: z.int() }),
  'mailbox.disconnected': mailbox(),
  'message.received': message(mail),
  'message.read': message(),
  'message.sent': message(mail),
  'message.send_failed': message({ mailboxId: id, code: z.string() }),
  'message.send_in_doubt': message({ mailboxId: id }),
  'user.created': user({ role: z.string() }),
  'user.updated': user({ changes }),
  'user.removed': user({ inheritor: id }),
  'user.signed_in': user({ method: z.string() }),
  'user.sign_in_failed': user({ method: z.string() }),
  'user.link_made': user({ purpose: z.enum(['invitation', 'reset']), mailed: z.boolean() }),
  'user.password_changed': user(),
  'user.second_factor_enabled': user(),
  'user.second_factor_removed': user(),
  'user.recovery_codes_renewed': user(),
  'user.recovery_code_used': user({ left: z.int() }),
  'user.provider_linked': user({ providerId: id }),
  'user.provider_unlinked': user({ providerId: id }),
  'system.settings_updated': system({ changes }),
  'system.secrets_resealed': system({ resealed: z.int(), unreadable: z.int() }),
  'system.provider_changed': provider({
    name: z.string(),
    change: z.enum(['created', 'updated', 'deleted']),
    changes: changes.optional(),
    secretChanged: z.boolean().optional(),
  }),
  'user.signed_out': user(),
  'api_key.created': apiKey({ name: z.string(), role: z.string() }),
  'api_key.rotated': apiKey({ overlapHours: z.number() }),
  'api_key.used': apiKey(),
  'api_key.refused': apiKey(),
  'api_key.revoked': apiKey(),
  'export.requested': exporting(exported),
  'export.made': exporting(exported),
  'export.cancelled': exporting(exported),
  'export.downloaded': exporting(exported),
  'role.created': role({ key: z.string(), changes }),
  'role.updated': role({ key: z.string(), changes }),
  'role.deleted': role({ key: z.string() }),
  'team.created': team({ changes }),
  'team.updated': team({ changes }),
  'team.member_added': team({ userId: id }),
  'team.member_removed': team({ userId: id }),
  'team.deleted': team(),
  'webhook_source.created': webhookSource({ name: z.string(), preset: z.string() }),
  'webhook_source.updated': webhookSource({ changes }),
  'webhook_source.secret_rotated': webhookSource(),
  'webhook_source.deleted': webhookSource(),
  'webhook.received': webhookReceipt({ sourceId: id, contactId: id, activityId: idOrNull }),
  'webhook.skipped': webhookReceipt({ sourceId: id }),
  'webhook.failed': webhookReceipt({ sourceId: id, code: z.string() }),
  'webhook_endpoint.created': webhookEndpoint({ eventTypes: z.array(z.string()).nullable() }),
  'webhook_endpoint.updated': webhookEndpoint({ changes }),
  'webhook_endpoint.secret_rotated': webhookEndpoint(),
  'webhook_endpoint.disabled': webhookEndpoint({ reason: z.enum(['gone', 'failing']) }),
  'webhook_endpoint.deleted': webhookEndpoint(),
} as const;

/** Name of an event. */
export type EventType = keyof typeof catalogue;
/** Shape of an event's `data`. */
export type EventData<T extends EventType> = z.input<(typeof catalogue)[T]['data']>;

const linksOf = (data: { contactId?: string | null; companyId?: string | null; dealId?: string | null }) => ({
  contactId: data.contactId,
  companyId: data.companyId,
  dealId: data.dealId,
});
