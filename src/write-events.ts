import { v7 as uuidv7 } from 'uuid';
import type { Executor } from './database.ts';
import type { RecordType, SystemActivity } from './event-definition.ts';
import type { EventType } from './events.ts';
import { prepared } from './plans.ts';

/** An event that a deed has gathered; `transact` gives it the rest. */
export interface PendingEvent {
  id: string;
  type: EventType;
  recordType: RecordType;
  recordId: string;
  data: unknown;
  activity: SystemActivity | undefined;
  /** Who did it, and on whose behalf. */
  actor: { kind: string; id: string | null; userId: string | null };
  /** What led to it. */
  cause: { causeId: string | null; correlationId: string; origin: 'live' | 'history'; door: object };
}

/**
 * The CTEs that write gathered events and their system activities, for any statement; `first` is the number of the first of their three
 * values, which `valuesOf` gives.
 */
export const writingEvents = (first: number): string => `logged as (
     insert into events (id, type, record_type, record_id, at, actor_kind, actor_id, cause_id, correlation_id, origin, door, data)
     select id, type, record_type, record_id, $${first + 1}, actor_kind, actor_id, cause_id, correlation_id, origin, door, data
     from rows from (jsonb_to_recordset($${first}) as (id uuid, type text, record_type text, record_id uuid, actor_kind text,
       actor_id uuid, cause_id uuid, correlation_id uuid, origin text, door jsonb, data jsonb)) with ordinality
     order by ordinality
   ), entries as (
     insert into activities (id, type, subject, contact_id, company_id, deal_id, created_by, owner_id, activity_date, source,
       source_key, created_at, updated_at)
     select id, type, subject, contact_id, company_id, deal_id, user_id, user_id, $${first + 1}, 'system', source_key, $${first + 1}, $${first + 1}
     from jsonb_to_recordset($${first + 2}) as a (id uuid, type text, subject text, contact_id uuid, company_id uuid, deal_id uuid,
       user_id uuid, source_key text)
     returning id, contact_id, deal_id, activity_date
   ), links as (
     insert into activity_links (activity_id, contact_id, activity_date)
     select id, contact_id, activity_date from entries where contact_id is not null
     union all
     select entries.id, others.contact_id, activity_date
     from entries cross join lateral (select contact_id from deal_contacts where deal_id = entries.deal_id
       and contact_id is distinct from entries.contact_id offset 0) as others
   )`;

/** Events, the transaction's time, and the system activities, as `writingEvents` takes them. */
export const valuesOf = (now: Date, events: readonly PendingEvent[]): unknown[] => [
  JSON.stringify(events.map(rowOf)),
  now,
  JSON.stringify(events.flatMap(entryOf)),
];

const insertEvents = prepared('events_insert', `with ${writingEvents(1)} select 1 where false`);

/** Writes the gathered events and their system activities with one prepared statement. Called by `transact` alone. */
export async function writeEvents(db: Executor, now: Date, events: readonly PendingEvent[]): Promise<void> {
  if (events.length > 0) await insertEvents(db, valuesOf(now, events));
}

const rowOf = ({ id, type, recordType, recordId, data, actor, cause }: PendingEvent) => ({
  id,
  type,
  record_type: recordType,
  record_id: recordId,
  actor_kind: actor.kind,
  actor_id: actor.id,
  cause_id: cause.causeId,
  correlation_id: cause.correlationId,
  origin: cause.origin,
  door: cause.door,
  data,
});

function entryOf(event: PendingEvent) {
  if (event.activity === undefined) return [];
  const { type, subject, contactId, companyId, dealId } = event.activity;
  const links = { contact_id: contactId ?? null, company_id: companyId ?? null, deal_id: dealId ?? null };
  return [{ id: uuidv7(), type, subject, ...links, user_id: event.actor.userId, source_key: event.id }];
}
