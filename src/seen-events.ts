import { type Actor, type Context, type Grants, rowsOf } from './context.ts';
import { SQL } from './database.ts';
import { catalogue, type EventType } from './events.ts';
import { hiddenFields, type ObjectName, owned, reachOf, seesAll, visible } from './identity/permissions.ts';
import type { LogEvent } from './log.ts';

/** Events of users that say who is there; the others say how they use the hub, which is for those who may see the audit. */
const ofPeople: ReadonlySet<string> = new Set(['user.created', 'user.updated', 'user.removed']);

/** The object whose permission decides about an event. */
function objectOf(type: EventType): ObjectName {
  const { record } = catalogue[type];
  if ((record === 'user' && !ofPeople.has(type)) || record === 'export' || type === 'message.read') return 'audit';
  if (record === 'api_key') return 'key';
  return record === 'webhook_receipt' ? 'webhook_source' : record;
}

/** The event types a caller may see some of: with an owner, those of objects they read at all; without one, of which they read all. */
export const readableTypes = (actor: Actor, wanted: readonly EventType[]): EventType[] =>
  wanted.filter((type) => {
    const object = objectOf(type);
    const reach = reachOf(actor, object, 'read');
    return reach === 'all' || (reach !== 'none' && owned[object] !== undefined);
  });

/** Whether every event of these types is seen whole, so that nothing has to be asked. */
const seesAllOf = (actor: Actor, events: readonly LogEvent[]): boolean =>
  actor.grants.fields === undefined || Object.keys(actor.grants.fields).length === 0
    ? events.every(({ type }) => seesAll(actor, objectOf(type)))
    : false;

/**
 * Those of a batch of events whose records the actor sees now, without the fields that are hidden from them; in their order. One statement
 * per object of which they do not see all.
 */
export async function seenEvents(ctx: Context, events: readonly LogEvent[]): Promise<readonly LogEvent[]> {
  const { actor } = ctx;
  if (seesAllOf(actor, events)) return events;
  const readable = new Set(readableTypes(actor, [...new Set(events.map(({ type }) => type))]));
  const ids = new Map<ObjectName, Set<string>>();
  for (const { type, recordId } of events) {
    const object = objectOf(type);
    if (readable.has(type) && !seesAll(actor, object)) ids.set(object, (ids.get(object) ?? new Set()).add(recordId));
  }
  const seen = new Set<string>();
  for (const [object, wanted] of ids) for (const id of await seenIds(ctx, object, [...wanted])) seen.add(id);
  return events
    .filter(({ type, recordId }) => readable.has(type) && (seesAll(actor, objectOf(type)) || seen.has(recordId)))
    .map((event) => ({ ...event, data: shownData(actor, event) }));
}

/**
 * The data of entries of the audit, by their ids: who may read the audit learns of each that it was, and of a record that they do not see
 * no more than that.
 */
export async function auditedData(ctx: Context, entries: readonly LogEvent[]): Promise<Map<string, Record<string, unknown>>> {
  const others = entries.filter(({ type }) => objectOf(type) !== 'audit');
  const seen = await seenEvents(ctx, others);
  const plain = entries
    .filter(({ type }) => objectOf(type) === 'audit')
    .map((entry) => ({ ...entry, data: shownData(ctx.actor, entry) }));
  return new Map([...seen, ...plain].map(({ id, data }) => [id, data]));
}

async function seenIds(ctx: Context, object: ObjectName, ids: string[]): Promise<string[]> {
  const place = owned[object];
  if (place === undefined) return [];
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from ${SQL.ref(place.table)} where id = any(${ids}::uuid[]) and ${visible(ctx, object, place.table)}`,
  );
  return rows.map(({ id }) => id);
}

/** An event's data without the fields that the actor's role hides, in its changes and beside them. */
export function shownData(actor: { grants: Grants }, { type, data }: Pick<LogEvent, 'type' | 'data'>): Record<string, unknown> {
  const hidden = hiddenFields(actor, objectOf(type));
  if (hidden.size === 0) return data;
  const { changes, ...facts } = data;
  const shown = without(facts, hidden);
  return changes === undefined ? shown : { ...shown, changes: without(changes as Record<string, unknown>, hidden) }; // as the catalogue has it
}

function without(fields: Record<string, unknown>, hidden: ReadonlySet<string>): Record<string, unknown> {
  const left = Object.entries(fields).filter(([field]) => !hidden.has(field) && !hidden.has(field.split('.')[0] ?? ''));
  return Object.fromEntries(
    left.map(([field, value]) => [field, field === 'customFields' ? withoutCustom(value, hidden) : value]),
  );
}

/** A change of custom fields holds them by name on both of its sides. */
function withoutCustom(change: unknown, hidden: ReadonlySet<string>): unknown {
  const side = (value: unknown): unknown =>
    typeof value !== 'object' || value === null
      ? value
      : Object.fromEntries(Object.entries(value).filter(([name]) => !hidden.has(`customFields.${name}`)));
  if (typeof change !== 'object' || change === null || !('from' in change) || !('to' in change)) return change;
  return { from: side(change.from), to: side(change.to) };
}
