import { v7 as uuidv7 } from 'uuid';
import { type Executor, prepared } from './database.ts';
import type { EventType, RecordType, SystemActivity } from './events.ts';

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

const insertEvents = prepared(
  'events_insert',
  `with batch as (
     insert into events (id, type, record_type, record_id, at, actor_kind, actor_id, cause_id, correlation_id, origin, door, data)
     select id, type, record_type, record_id, $2, actor_kind, actor_id, cause_id, correlation_id, origin, door, data
     from rows from (jsonb_to_recordset($1) as (id uuid, type text, record_type text, record_id uuid, actor_kind text,
       actor_id uuid, cause_id uuid, correlation_id uuid, origin text, door jsonb, data jsonb)) with ordinality
     order by ordinality
   ), entries as (
     insert into activities (id, type, subject, contact_id, company_id, deal_id, created_by, owner_id, activity_date, source,
       source_key, created_at, updated_at)
     select id, type, subject, contact_id, company_id, deal_id, user_id, user_id, $2, 'system', source_key, $2, $2
     from jsonb_to_recordset($3) as a (id uuid, type text, subject text, contact_id uuid, company_id uuid, deal_id uuid,
       user_id uuid, source_key text)
     returning id, contact_id, activity_date
   )
   insert into activity_links (activity_id, contact_id, activity_date)
   select id, contact_id, activity_date from entries where contact_id is not null`,
);

/** Writes the gathered events and their system activities with one prepared statement. Called by `transact` alone. */
export async function writeEvents(db: Executor, now: Date, events: readonly PendingEvent[]): Promise<void> {
  if (events.length === 0) return;
  await insertEvents(db, [JSON.stringify(events.map(rowOf)), now, JSON.stringify(events.flatMap(entryOf))]);
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
