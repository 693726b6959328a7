import type { Executor } from './database.ts';
import type { ObjectType } from './objects.ts';

/** Objects that have custom fields. */
export type Customisable = 'contact' | 'company' | 'deal' | 'activity' | 'task';

/** What a custom field holds. */
export type CustomType =
  | 'text'
  | 'longText'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'select'
  | 'multiselect'
  | 'url'
  | 'email'
  | 'phone'
  | 'user'
  | 'record';

/** A custom field, as far as its values are concerned. */
export interface CustomField {
  id: string;
  object: Customisable;
  /** Key of its values in `custom_fields`: letters, digits and `_` only, so that it may stand in SQL. */
  name: string;
  label: string;
  type: CustomType;
  /** What may be chosen, for the types select and multiselect. */
  options: readonly { value: string; label: string }[];
  /** What the type record points to. */
  recordType: Customisable | null;
  required: boolean;
  unique: boolean;
  archived: boolean;
}

/** All definitions at one time; `generation` grows with every change of any of them. */
export interface CustomFields {
  generation: number;
  of: Readonly<Record<Customisable, ReadonlyMap<string, CustomField>>>;
}

/** Definitions of custom fields, remembered by the process: `db` is only asked when nothing is remembered, or something newer is wanted. */
export interface CustomFieldsPort {
  current(db: Executor, atLeast?: number): Promise<CustomFields>;
  /** What fields point to. */
  readonly types: Readonly<Record<Customisable | 'user', ObjectType>>;
}

/**
 * SQL of a custom field's value in `table`, with the type by which it compares; indexes, filters and sorts use it alike. Safe for values
 * of another type than the field's, which an older definition may have left.
 */
export function customExpression(
  table: string,
  { name, type }: Pick<CustomField, 'name' | 'type'>,
): { expression: string; type: string } {
  const column = `${table}.custom_fields`;
  if (type === 'multiselect') return { expression: `(${column} -> '${name}')`, type: 'jsonb' };
  if (type !== 'number') return { expression: `(${column} ->> '${name}')`, type: 'text' };
  const number = `(case when jsonb_typeof(${column} -> '${name}') = 'number' then (${column} ->> '${name}')::numeric end)`;
  return { expression: number, type: 'numeric' };
}
