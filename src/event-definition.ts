import type { z } from 'zod';

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

/** An entry of the catalogue, with its `activity` typed by its `data`. */
export const define = <Schema extends z.ZodType>(definition: Definition<Schema>): Definition<Schema> => definition;
