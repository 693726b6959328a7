import { z } from 'zod';
import { define } from './event-definition.ts';

const id = z.string();
const idOrNull = z.string().nullable();
/** Field by field what an edit changed, in the wire's names and values; a created record changes from null. */
const changes = z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }));

/** A message by its links alone: whoever reads the log need not be allowed to read the mail. */
const mail = z.object({
  messageId: id,
  mailboxId: id,
  threadId: id,
  activityId: idOrNull,
  kind: z.string(),
  contactIds: z.array(id),
});

/** What of the hub's data goes out to a caller as a file. */
const exported = z.object({ exportId: id, of: z.string(), filter: z.record(z.string(), z.unknown()) });

/** Whom a record is shared with. */
const share = { shareId: id, userId: idOrNull, teamId: idOrNull, access: z.enum(['read', 'edit']) };

/** What another system calls a record. */
const external = { system: z.string(), externalId: id };

/** Keys of the stages of a deal's move, and its pipelines where these are two. */
/** Keys of the stages; their names as they were then, where they are known; the pipelines, where they differ. */
const move = {
  from: z.string(),
  to: z.string(),
  names: z.object({ from: z.string(), to: z.string() }).optional(),
  pipelines: z.object({ from: id, to: id }).optional(),
};

/** Every event there is, with the shape of its `data`: ids and the facts of the change. Named `noun.past_tense`. */
export const catalogue = {
  'company.created': define({
    record: 'company',
    id: 'companyId',
    data: z.object({ companyId: id, changes }),
    activity: (data) => ({ type: 'company_created', subject: 'Company created', companyId: data.companyId }),
  }),
  'company.updated': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id, changes }) }),
  'company.identified': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id, ...external }) }),
  'company.unidentified': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id, ...external }) }),
  'company.duplicate_dismissed': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id, pairId: id }) }),
  'company.deleted': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id }) }),
  'company.restored': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id }) }),
  'company.purged': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id }) }),
  'company.shared': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id, ...share }) }),
  'company.unshared': define({ record: 'company', id: 'companyId', data: z.object({ companyId: id, ...share }) }),
  'contact.created': define({
    record: 'contact',
    id: 'contactId',
    data: z.object({ contactId: id, changes }),
    activity: (data) => ({ type: 'contact_created', subject: 'Contact created', contactId: data.contactId }),
  }),
  'contact.updated': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, changes }) }),
  'contact.identified': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, ...external }) }),
  'contact.unidentified': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, ...external }) }),
  'contact.duplicate_dismissed': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, pairId: id }) }),
  'contact.deleted': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id }) }),
  'contact.restored': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id }) }),
  'contact.purged': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id }) }),
  'contact.consent_changed': define({
    record: 'contact',
    id: 'contactId',
    data: z.object({ contactId: id, purpose: z.string(), changes }),
  }),
  'contact.access_requested': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, userId: id }) }),
  'contact.readmitted': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id }) }),
  'contact.erased': define({
    record: 'contact',
    id: 'contactId',
    data: z.object({ contactId: id, erasureId: id, counts: z.record(z.string(), z.int()) }),
  }),
  'erasure.requested': define({
    record: 'erasure',
    id: 'erasureId',
    data: z.object({ erasureId: id, contactId: id }),
  }),
  'contact.shared': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, ...share }) }),
  'contact.unshared': define({ record: 'contact', id: 'contactId', data: z.object({ contactId: id, ...share }) }),
  'pipeline.created': define({ record: 'pipeline', id: 'pipelineId', data: z.object({ pipelineId: id, changes }) }),
  'pipeline.deleted': define({ record: 'pipeline', id: 'pipelineId', data: z.object({ pipelineId: id }) }),
  'stage.created': define({
    record: 'pipeline',
    id: 'pipelineId',
    data: z.object({ pipelineId: id, stage: z.string(), changes }),
  }),
  'stage.updated': define({
    record: 'pipeline',
    id: 'pipelineId',
    data: z.object({ pipelineId: id, stage: z.string(), changes }),
  }),
  'stage.deleted': define({ record: 'pipeline', id: 'pipelineId', data: z.object({ pipelineId: id, stage: z.string() }) }),
  'pipeline.updated': define({ record: 'pipeline', id: 'pipelineId', data: z.object({ pipelineId: id, changes }) }),
  'deal.created': define({
    record: 'deal',
    id: 'dealId',
    data: z.object({ dealId: id, contactId: idOrNull, companyId: idOrNull, stage: z.string(), changes }),
    activity: (data) => ({ type: 'deal_created', subject: 'Deal created', ...linksOf(data) }),
  }),
  'deal.updated': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id, changes }) }),
  'deal.stage_changed': define({
    record: 'deal',
    id: 'dealId',
    data: z.object({ dealId: id, contactId: idOrNull, companyId: idOrNull, ...move }),
    activity: ({ names, ...data }) => ({
      type: 'deal_stage_changed',
      subject: `Moved from ${names?.from ?? data.from} to ${names?.to ?? data.to}`,
      ...linksOf(data),
    }),
  }),
  'deal.closed': define({
    record: 'deal',
    id: 'dealId',
    data: z.object({
      dealId: id,
      contactId: idOrNull,
      companyId: idOrNull,
      ...move,
      status: z.enum(['won', 'lost']),
      reason: z.string().nullable(),
    }),
    activity: (data) => ({ type: 'deal_closed', subject: data.status === 'won' ? 'Deal won' : 'Deal lost', ...linksOf(data) }),
  }),
  'deal.reopened': define({
    record: 'deal',
    id: 'dealId',
    data: z.object({ dealId: id, contactId: idOrNull, companyId: idOrNull, ...move }),
    activity: (data) => ({ type: 'deal_reopened', subject: 'Deal reopened', ...linksOf(data) }),
  }),
  'deal.rotted': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id, stage: z.string(), since: z.string() }) }),
  'deal.identified': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id, ...external }) }),
  'deal.unidentified': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id, ...external }) }),
  'deal.deleted': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id }) }),
  'deal.restored': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id }) }),
  'deal.purged': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id }) }),
  'deal.shared': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id, ...share }) }),
  'deal.unshared': define({ record: 'deal', id: 'dealId', data: z.object({ dealId: id, ...share }) }),
  'activity.logged': define({
    record: 'activity',
    id: 'activityId',
    data: z.object({
      activityId: id,
      type: z.string(),
      source: z.string(),
      direction: z.enum(['in', 'out']).nullable(),
      contactIds: z.array(id),
      companyId: idOrNull,
      dealId: idOrNull,
    }),
  }),
  'activity.updated': define({
    record: 'activity',
    id: 'activityId',
    data: z.object({ activityId: id, dealId: idOrNull, changes }),
  }),
  'activity.identified': define({ record: 'activity', id: 'activityId', data: z.object({ activityId: id, ...external }) }),
  'activity.unidentified': define({ record: 'activity', id: 'activityId', data: z.object({ activityId: id, ...external }) }),
  'activity.deleted': define({ record: 'activity', id: 'activityId', data: z.object({ activityId: id, dealId: idOrNull }) }),
  'activity.restored': define({ record: 'activity', id: 'activityId', data: z.object({ activityId: id, dealId: idOrNull }) }),
  'activity.purged': define({ record: 'activity', id: 'activityId', data: z.object({ activityId: id }) }),
  'activity_type.created': define({
    record: 'activity_type',
    id: 'activityTypeId',
    data: z.object({ activityTypeId: id, key: z.string(), changes }),
  }),
  'activity_type.updated': define({
    record: 'activity_type',
    id: 'activityTypeId',
    data: z.object({ activityTypeId: id, changes }),
  }),
  'task.created': define({
    record: 'task',
    id: 'taskId',
    data: z.object({
      taskId: id,
      contactId: idOrNull,
      dealId: idOrNull,
      assignedTo: idOrNull,
      dueDate: z.string().nullable(),
      changes,
    }),
  }),
  'task.updated': define({
    record: 'task',
    id: 'taskId',
    data: z.object({ taskId: id, dealId: idOrNull, changes }),
  }),
  'task.completed': define({
    record: 'task',
    id: 'taskId',
    data: z.object({
      taskId: id,
      title: z.string(),
      contactId: idOrNull,
      companyId: idOrNull,
      dealId: idOrNull,
      /** The task that comes after it, when it recurs. */
      nextTaskId: idOrNull,
    }),
    activity: (data) => ({ type: 'task_completed', subject: data.title, ...linksOf(data) }),
  }),
  'task.came_due': define({ record: 'task', id: 'taskId', data: z.object({ taskId: id, dueDate: z.string() }) }),
  'task.identified': define({ record: 'task', id: 'taskId', data: z.object({ taskId: id, ...external }) }),
  'task.unidentified': define({ record: 'task', id: 'taskId', data: z.object({ taskId: id, ...external }) }),
  'task.deleted': define({ record: 'task', id: 'taskId', data: z.object({ taskId: id, dealId: idOrNull }) }),
  'task.restored': define({ record: 'task', id: 'taskId', data: z.object({ taskId: id, dealId: idOrNull }) }),
  'task.purged': define({ record: 'task', id: 'taskId', data: z.object({ taskId: id }) }),
  'custom_field.created': define({
    record: 'custom_field',
    id: 'fieldId',
    data: z.object({ fieldId: id, object: z.string(), name: z.string(), type: z.string() }),
  }),
  'custom_field.updated': define({
    record: 'custom_field',
    id: 'fieldId',
    data: z.object({ fieldId: id, object: z.string(), changes }),
  }),
  'custom_field.converted': define({
    record: 'custom_field',
    id: 'fieldId',
    data: z.object({ fieldId: id, object: z.string(), name: z.string(), from: z.string(), to: z.string(), records: z.int() }),
  }),
  'custom_field.indexed': define({
    record: 'custom_field',
    id: 'fieldId',
    data: z.object({ fieldId: id, state: z.enum(['none', 'ready', 'failed']) }),
  }),
  'custom_field.archived': define({ record: 'custom_field', id: 'fieldId', data: z.object({ fieldId: id }) }),
  'custom_field.restored': define({ record: 'custom_field', id: 'fieldId', data: z.object({ fieldId: id }) }),
  'tag.created': define({ record: 'tag', id: 'tagId', data: z.object({ tagId: id, name: z.string() }) }),
  'tag.updated': define({ record: 'tag', id: 'tagId', data: z.object({ tagId: id, changes }) }),
  'tag.merged': define({ record: 'tag', id: 'tagId', data: z.object({ tagId: id, into: id }) }),
  'tag.deleted': define({ record: 'tag', id: 'tagId', data: z.object({ tagId: id }) }),
  'bulk_edit.started': define({
    record: 'bulk_edit',
    id: 'bulkEditId',
    data: z.object({ bulkEditId: id, object: z.string() }),
  }),
  'bulk_edit.finished': define({ record: 'bulk_edit', id: 'bulkEditId', data: z.object({ bulkEditId: id }) }),
  'bulk_edit.cancelled': define({ record: 'bulk_edit', id: 'bulkEditId', data: z.object({ bulkEditId: id }) }),
  'bulk_edit.undone': define({ record: 'bulk_edit', id: 'bulkEditId', data: z.object({ bulkEditId: id }) }),
  'file.attached': define({
    record: 'file',
    id: 'fileId',
    data: z.object({ fileId: id, object: z.string(), recordId: id, name: z.string(), size: z.int() }),
  }),
  'file.deleted': define({ record: 'file', id: 'fileId', data: z.object({ fileId: id, object: z.string(), recordId: id }) }),
  'view.created': define({
    record: 'view',
    id: 'viewId',
    data: z.object({ viewId: id, object: z.string(), name: z.string() }),
  }),
  'view.updated': define({ record: 'view', id: 'viewId', data: z.object({ viewId: id, changes }) }),
  'view.deleted': define({ record: 'view', id: 'viewId', data: z.object({ viewId: id }) }),
  'mailbox.connected': define({
    record: 'mailbox',
    id: 'mailboxId',
    data: z.object({ mailboxId: id, address: z.string(), ownerId: id }),
  }),
  'mailbox.updated': define({ record: 'mailbox', id: 'mailboxId', data: z.object({ mailboxId: id, changes }) }),
  'mailbox.state_changed': define({
    record: 'mailbox',
    id: 'mailboxId',
    data: z.object({ mailboxId: id, from: z.string(), to: z.string(), code: z.string().nullable() }),
  }),
  'mailbox.backfilled': define({
    record: 'mailbox',
    id: 'mailboxId',
    data: z.object({ mailboxId: id, folderId: id, logged: z.int(), waiting: z.int(), skipped: z.int(), quarantined: z.int() }),
  }),
  'mailbox.disconnected': define({ record: 'mailbox', id: 'mailboxId', data: z.object({ mailboxId: id }) }),
  'message.received': define({ record: 'message', id: 'messageId', data: mail }),
  'message.read': define({ record: 'message', id: 'messageId', data: z.object({ messageId: id }) }),
  'message.sent': define({ record: 'message', id: 'messageId', data: mail }),
  'message.send_failed': define({
    record: 'message',
    id: 'messageId',
    data: z.object({ messageId: id, mailboxId: id, code: z.string() }),
  }),
  'message.send_in_doubt': define({ record: 'message', id: 'messageId', data: z.object({ messageId: id, mailboxId: id }) }),
  'user.created': define({ record: 'user', id: 'userId', data: z.object({ userId: id, role: z.string() }) }),
  'user.updated': define({ record: 'user', id: 'userId', data: z.object({ userId: id, changes }) }),
  'user.removed': define({ record: 'user', id: 'userId', data: z.object({ userId: id, inheritor: id }) }),
  'user.signed_in': define({ record: 'user', id: 'userId', data: z.object({ userId: id, method: z.string() }) }),
  'user.sign_in_failed': define({ record: 'user', id: 'userId', data: z.object({ userId: id, method: z.string() }) }),
  'user.link_made': define({
    record: 'user',
    id: 'userId',
    data: z.object({ userId: id, purpose: z.enum(['invitation', 'reset']), mailed: z.boolean() }),
  }),
  'user.password_changed': define({ record: 'user', id: 'userId', data: z.object({ userId: id }) }),
  'user.second_factor_enabled': define({ record: 'user', id: 'userId', data: z.object({ userId: id }) }),
  'user.second_factor_removed': define({ record: 'user', id: 'userId', data: z.object({ userId: id }) }),
  'user.recovery_codes_renewed': define({ record: 'user', id: 'userId', data: z.object({ userId: id }) }),
  'user.recovery_code_used': define({ record: 'user', id: 'userId', data: z.object({ userId: id, left: z.int() }) }),
  'user.provider_linked': define({ record: 'user', id: 'userId', data: z.object({ userId: id, providerId: id }) }),
  'user.provider_unlinked': define({ record: 'user', id: 'userId', data: z.object({ userId: id, providerId: id }) }),
  'system.settings_updated': define({ record: 'system', id: 'systemId', data: z.object({ systemId: id, changes }) }),
  'system.secrets_resealed': define({
    record: 'system',
    id: 'systemId',
    data: z.object({ systemId: id, resealed: z.int(), unreadable: z.int() }),
  }),
  'system.provider_changed': define({
    record: 'system',
    id: 'providerId',
    data: z.object({
      providerId: id,
      name: z.string(),
      change: z.enum(['created', 'updated', 'deleted']),
      changes: changes.optional(),
      secretChanged: z.boolean().optional(),
    }),
  }),
  'user.signed_out': define({ record: 'user', id: 'userId', data: z.object({ userId: id }) }),
  'api_key.created': define({
    record: 'api_key',
    id: 'keyId',
    data: z.object({ keyId: id, name: z.string(), role: z.string() }),
  }),
  'api_key.rotated': define({ record: 'api_key', id: 'keyId', data: z.object({ keyId: id, overlapHours: z.number() }) }),
  'api_key.used': define({ record: 'api_key', id: 'keyId', data: z.object({ keyId: id }) }),
  'api_key.refused': define({ record: 'api_key', id: 'keyId', data: z.object({ keyId: id }) }),
  'api_key.revoked': define({ record: 'api_key', id: 'keyId', data: z.object({ keyId: id }) }),
  'export.requested': define({ record: 'export', id: 'exportId', data: exported }),
  'export.made': define({ record: 'export', id: 'exportId', data: exported }),
  'export.cancelled': define({ record: 'export', id: 'exportId', data: exported }),
  'export.downloaded': define({ record: 'export', id: 'exportId', data: exported }),
  'role.created': define({ record: 'role', id: 'roleId', data: z.object({ roleId: id, key: z.string(), changes }) }),
  'role.updated': define({ record: 'role', id: 'roleId', data: z.object({ roleId: id, key: z.string(), changes }) }),
  'role.deleted': define({ record: 'role', id: 'roleId', data: z.object({ roleId: id, key: z.string() }) }),
  'team.created': define({ record: 'team', id: 'teamId', data: z.object({ teamId: id, changes }) }),
  'team.updated': define({ record: 'team', id: 'teamId', data: z.object({ teamId: id, changes }) }),
  'team.member_added': define({ record: 'team', id: 'teamId', data: z.object({ teamId: id, userId: id }) }),
  'team.member_removed': define({ record: 'team', id: 'teamId', data: z.object({ teamId: id, userId: id }) }),
  'team.deleted': define({ record: 'team', id: 'teamId', data: z.object({ teamId: id }) }),
  'webhook_source.created': define({
    record: 'webhook_source',
    id: 'sourceId',
    data: z.object({ sourceId: id, name: z.string(), preset: z.string() }),
  }),
  'webhook_source.updated': define({ record: 'webhook_source', id: 'sourceId', data: z.object({ sourceId: id, changes }) }),
  'webhook_source.secret_rotated': define({ record: 'webhook_source', id: 'sourceId', data: z.object({ sourceId: id }) }),
  'webhook_source.deleted': define({ record: 'webhook_source', id: 'sourceId', data: z.object({ sourceId: id }) }),
  'webhook.received': define({
    record: 'webhook_receipt',
    id: 'receiptId',
    data: z.object({ receiptId: id, sourceId: id, contactId: id, activityId: idOrNull }),
  }),
  'webhook.skipped': define({ record: 'webhook_receipt', id: 'receiptId', data: z.object({ receiptId: id, sourceId: id }) }),
  'webhook.failed': define({
    record: 'webhook_receipt',
    id: 'receiptId',
    data: z.object({ receiptId: id, sourceId: id, code: z.string() }),
  }),
  'webhook_endpoint.created': define({
    record: 'webhook_endpoint',
    id: 'endpointId',
    data: z.object({ endpointId: id, eventTypes: z.array(z.string()).nullable() }),
  }),
  'webhook_endpoint.updated': define({
    record: 'webhook_endpoint',
    id: 'endpointId',
    data: z.object({ endpointId: id, changes }),
  }),
  'webhook_endpoint.secret_rotated': define({
    record: 'webhook_endpoint',
    id: 'endpointId',
    data: z.object({ endpointId: id }),
  }),
  'webhook_endpoint.disabled': define({
    record: 'webhook_endpoint',
    id: 'endpointId',
    data: z.object({ endpointId: id, reason: z.enum(['gone', 'failing']) }),
  }),
  'webhook_endpoint.deleted': define({ record: 'webhook_endpoint', id: 'endpointId', data: z.object({ endpointId: id }) }),
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
