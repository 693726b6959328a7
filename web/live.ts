import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { EventType } from '../src/events.ts';
import { setReachable } from './connection.ts';
import type { Noun } from './records.ts';

/** An event of the log as the stream sends it. */
interface LiveEvent {
  type: EventType;
  data: Record<string, unknown>;
}

type Stale = (data: Record<string, unknown>) => QueryKey[];

const company: Stale = (data) => [['companies'], ['company', data.companyId], ['timeline', 'company', data.companyId]];
const contact: Stale = (data) => [['contacts'], ['contact', data.contactId], ['timeline', 'contact', data.contactId]];
const erasure: Stale = (data) => [...contact(data), ['erasures'], ['erasure', data.erasureId]];
const deal: Stale = (data) => [['deals'], ['deal', data.dealId], ['workflow', data.dealId], ...timelines(data)];
const activity: Stale = (data) => ('contactIds' in data ? [...timelines(data), ['deals']] : [['timeline']]);
const activityType: Stale = () => [['activity-types']];
const task: Stale = (data) => [['tasks'], ['workflow', data.dealId], ...timelines(data)];
const user: Stale = () => [['users']];
const key: Stale = () => [['keys']];
const roles: Stale = () => [['roles'], ['me']];
const teams: Stale = () => [['teams'], ['me']];
const customField: Stale = () => [['custom-fields']];
const pipeline: Stale = () => [['pipelines']];
const tag: Stale = () => [['tags']];
const bulkEdit: Stale = (data) => [['bulk-edits'], ['bulk-edit', data.bulkEditId]];
const personalExport: Stale = () => [['personal-exports']];
const file: Stale = (data) => [
  ['files', data.recordId],
  ['timeline', data.object, data.recordId],
];
const view: Stale = () => [['views']];
const shares =
  (noun: Noun): Stale =>
  (data) => [
    ['shares', data[`${noun}Id`]],
    [noun, data[`${noun}Id`], 'rights'],
  ];

const source: Stale = (data) => [['webhook-sources'], ['receipts', data.sourceId]];
const receipt: Stale = (data) => [['receipts', data.sourceId]];
const endpoint: Stale = (data) => [['webhook-endpoints'], ['deliveries', data.endpointId]];
const mailbox: Stale = () => [['mailboxes']];
const message: Stale = (data) => [['message', data.messageId], ['mailboxes'], ...timelines(data)];

/** What is no longer fresh after an event, for each event of the catalogue: a new one does not compile until it is here. */
const stale: Record<EventType, Stale> = {
  'company.created': company,
  'company.updated': company,
  'company.identified': company,
  'company.unidentified': company,
  'company.duplicate_dismissed': company,
  'company.deleted': company,
  'company.restored': company,
  'company.purged': company,
  'company.shared': shares('company'),
  'company.unshared': shares('company'),
  'contact.created': contact,
  'contact.updated': contact,
  'contact.identified': contact,
  'contact.unidentified': contact,
  'contact.duplicate_dismissed': contact,
  'contact.deleted': contact,
  'contact.restored': contact,
  'contact.purged': contact,
  'contact.consent_changed': (data) => [...contact(data), ['consents', data.contactId]],
  'contact.access_requested': () => [['notifications']],
  'contact.readmitted': contact,
  'contact.erased': erasure,
  'erasure.requested': erasure,
  'contact.shared': shares('contact'),
  'contact.unshared': shares('contact'),
  'pipeline.created': pipeline,
  'pipeline.updated': pipeline,
  'pipeline.deleted': pipeline,
  'stage.created': pipeline,
  'stage.updated': pipeline,
  'stage.deleted': pipeline,
  'deal.created': deal,
  'deal.updated': deal,
  'deal.stage_changed': deal,
  'deal.closed': deal,
  'deal.reopened': deal,
  'deal.rotted': (data) => [...deal(data), ['notifications']],
  'deal.identified': deal,
  'deal.unidentified': deal,
  'deal.deleted': deal,
  'deal.restored': deal,
  'deal.purged': deal,
  'deal.shared': shares('deal'),
  'deal.unshared': shares('deal'),
  'activity.logged': activity,
  'activity.updated': activity,
  'activity.identified': activity,
  'activity.unidentified': activity,
  'activity.deleted': activity,
  'activity.restored': activity,
  'activity.purged': activity,
  'activity_type.created': activityType,
  'activity_type.updated': activityType,
  'task.created': task,
  'task.updated': task,
  'task.completed': task,
  'task.came_due': (data) => [...task(data), ['notifications']],
  'task.identified': task,
  'task.unidentified': task,
  'task.deleted': task,
  'task.restored': task,
  'task.purged': task,
  'custom_field.created': customField,
  'custom_field.updated': customField,
  'custom_field.archived': customField,
  'custom_field.restored': customField,
  'custom_field.indexed': customField,
  'custom_field.converted': () => [
    ['custom-fields'],
    ['companies'],
    ['company'],
    ['contacts'],
    ['contact'],
    ['deals'],
    ['deal'],
    ['tasks'],
  ],
  'tag.created': tag,
  'tag.updated': tag,
  'tag.merged': tag,
  'tag.deleted': tag,
  'bulk_edit.started': bulkEdit,
  'bulk_edit.finished': bulkEdit,
  'bulk_edit.cancelled': bulkEdit,
  'bulk_edit.undone': bulkEdit,
  'file.attached': file,
  'file.deleted': file,
  'view.created': view,
  'view.updated': view,
  'view.deleted': view,
  'mailbox.connected': mailbox,
  'mailbox.updated': mailbox,
  'mailbox.state_changed': mailbox,
  'mailbox.backfilled': () => [['mailboxes'], ['timeline'], ['contacts']],
  'mailbox.disconnected': mailbox,
  'message.received': message,
  'message.read': () => [],
  'message.sent': message,
  'message.send_failed': message,
  'message.send_in_doubt': message,
  'user.updated': user,
  'user.created': user,
  'user.removed': user,
  'user.signed_in': () => [],
  'user.link_made': () => [],
  'user.password_changed': () => [],
  'user.second_factor_enabled': () => [],
  'user.second_factor_removed': () => [],
  'user.recovery_codes_renewed': () => [],
  'user.recovery_code_used': () => [],
  'user.provider_linked': () => [],
  'user.provider_unlinked': () => [],
  'system.settings_updated': () => [['sign-in-settings']],
  'system.secrets_resealed': () => [],
  'system.provider_changed': () => [['identity-providers']],
  'user.sign_in_failed': () => [],
  'user.signed_out': () => [],
  'api_key.created': key,
  'api_key.rotated': key,
  'api_key.used': () => [],
  'api_key.refused': () => [],
  'api_key.revoked': key,
  'export.requested': personalExport,
  'export.made': personalExport,
  'export.cancelled': personalExport,
  'export.downloaded': () => [],
  'role.created': roles,
  'role.updated': roles,
  'role.deleted': roles,
  'team.created': teams,
  'team.updated': teams,
  'team.member_added': teams,
  'team.member_removed': teams,
  'team.deleted': teams,
  'webhook_source.created': source,
  'webhook_source.updated': source,
  'webhook_source.secret_rotated': source,
  'webhook_source.deleted': source,
  'webhook.received': receipt,
  'webhook.skipped': receipt,
  'webhook.failed': receipt,
  'webhook_endpoint.created': endpoint,
  'webhook_endpoint.updated': endpoint,
  'webhook_endpoint.secret_rotated': endpoint,
  'webhook_endpoint.disabled': endpoint,
  'webhook_endpoint.deleted': endpoint,
};

/** Names of all events. */
export const eventTypes: string[] = Object.keys(stale);

function timelines(data: Record<string, unknown>): QueryKey[] {
  const contacts = [data.contactId, ...(Array.isArray(data.contactIds) ? data.contactIds : [])];
  const keys: [string, unknown][] = [
    ...contacts.map((id): [string, unknown] => ['contact', id]),
    ['company', data.companyId],
    ['deal', data.dealId],
  ];
  return keys.filter(([, id]) => typeof id === 'string').map(([noun, id]) => ['timeline', noun, id]);
}

/** Events gather this long, so that an import does not have every list read anew for each of its rows. */
const gatherMs = 150;

/**
 * Follows the log and marks what each event has changed as no longer fresh; what is on screen is then read again. The browser
 * reconnects by itself and resumes by Last-Event-ID. A window out of sight lets go of its connection, of which a browser has but six
 * to a host over HTTP/1.1, and catches up when it is seen again. Returns the end of it.
 */
export function followLog(client: QueryClient): () => void {
  const gathered = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  let position = '';
  const flush = () => {
    timer = undefined;
    for (const queryKey of gathered.values()) void client.invalidateQueries({ queryKey });
    gathered.clear();
  };
  const hear = (message: MessageEvent<string>) => {
    position = message.lastEventId;
    const event = JSON.parse(message.data) as LiveEvent; // written by our own hub
    for (const queryKey of stale[event.type](event.data)) gathered.set(JSON.stringify(queryKey), queryKey);
    timer ??= setTimeout(flush, gatherMs);
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  const follow = () => {
    if (document.visibilityState === 'hidden') return close();
    if (source !== undefined) return;
    source = new EventSource(`/api/v1/events/stream${position === '' ? '' : `?after=${position}`}`);
    for (const type of eventTypes) source.addEventListener(type, hear);
    source.addEventListener('open', () => setReachable(true));
    source.addEventListener('error', () => setReachable(false));
  };
  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    clearTimeout(timer);
    close();
  };
}
