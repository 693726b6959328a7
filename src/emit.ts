import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { type Context, pendingOf } from './context.ts';
import type { Definition } from './event-definition.ts';
import { catalogue, type EventData, type EventType } from './events.ts';
import type { PendingEvent } from './write-events.ts';

/**
 * Adds an event to the log of this transaction: the only way to add one. Throws (an accident) when `data` is not of the catalogue's shape.
 * Returns the event's id.
 */
export function emit<T extends EventType>(ctx: Context, type: T, data: EventData<T>): string {
  const definition: Definition<z.ZodType> = catalogue[type];
  const parsed = definition.data.parse(data) as Record<string, unknown>; // every schema of the catalogue is an object
  const event: PendingEvent = {
    id: uuidv7(),
    type,
    recordType: definition.record,
    recordId: String(parsed[definition.id]),
    data: parsed,
    activity: definition.activity?.(parsed),
    actor: ctx.actor,
    cause: ctx.cause,
  };
  pendingOf(ctx).events.push(event);
  return event.id;
}
