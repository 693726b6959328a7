import { z } from 'zod';

/** Which object an event is about; its id is the key by which consumers keep order. */
export type RecordType =
  | 'company'
  | 'contact'
  | 'deal'
  | 'pipeline'
  | 'activity'
  | 'activity_type'
  | 'task'
  | 'custom_field'
  | 'tag'
  | 'bulk_edit'
  | 'file'
  | 'view'
  | 'user'
  | 'api_key'
  | 'role'
  | 'team'
  | 'export'
  | 'erasure'
  | 'mailbox'
  | 'message'
  | 'webhook_source'
  | 'webhook_receipt'
  | 'webhook_endpoint'
  | 'system';

/** The entry that the platform itself writes on the timeline for an event. */
export interface SystemActivity {
  type: string;
  subject: string;
  contactId?: string | null | undefined;
  companyId?: string | null | undefined;
  dealId?: string | null | undefined;
}

/** What the catalogue says of an event. */
export interface Definition<Schema extends z.ZodType> {
  record: RecordType;
  /** Name of the field of `data` that holds the record's id. */
  id: string;
  data: Schema;
  activity?: (data: z.output<Schema>) => SystemActivity;
}

type Data<Id extends string, Shape extends z.ZodRawShape> = z.ZodObject<Record<Id, z.ZodString> & Shape>;

/**
 * Writes the entries of one kind of record, whose id is in `data` under this name: each with the facts of its event, and the entry that it
 * makes on the timeline, if any.
 */
export const eventsOf =
  <const Id extends string>(record: RecordType, id: Id) =>
  <const Shape extends z.ZodRawShape = Record<never, never>>(
    facts?: Shape,
    activity?: (data: z.output<Data<Id, Shape>>) => SystemActivity,
  ): Definition<Data<Id, Shape>> => {
    const data = z.object({ [id]: z.string(), ...facts }) as Data<Id, Shape>; // a computed key has no type of its own
    return { record, id, data, ...(activity && { activity }) };
  };
