import type { RawBuilder } from 'kysely';
import type { Context } from './context.ts';
import { type CustomFields, type Customisable, type CustomType, customExpression } from './custom-fields.ts';
import { hiddenFields, type ObjectName } from './identity/permissions.ts';
import { snakeCase, type WireColumns, type WireKind } from './wire.ts';

/**
 * What a field holds: by it filters read their values, and lists compare and sort. `user` is an id that may be told as `me`, `ids` are an
 * array of them, `choices` a JSON list of texts.
 */
export type FieldType = 'text' | 'number' | 'money' | 'boolean' | 'instant' | 'day' | 'id' | 'user' | 'ids' | 'choices';

/** A field of an object: where it is in SQL, and what may be done with it. */
export interface Field {
  /** SQL with the table's name before each column. */
  expression: string;
  /** `other` is shown alone: neither filtered nor sorted by. */
  type: FieldType | 'other';
  nullable: boolean;
  /** What it sorts by, when that is not the expression; null when it cannot be sorted by. */
  sorted?: string | null;
  /** The join that the expression needs. */
  join?: string;
  /** How a filter reaches a field that lies in another table: by the ids of its rows. */
  through?: { column: string; from: string; id: string; expression: string };
  /** A condition of its own for equality: the value, or null when the text cannot be one. */
  equals?: (value: string) => RawBuilder<boolean>;
  /** The SQL type by which it compares, when that is not its type's own: custom values are text in JSON. */
  sqlType?: string;
  /** Only for filters and sorts; not in answers. */
  unseen?: true;
  /** The object whose name it shows, of the record that the relation of the field's join points to: hidden where either is. */
  names?: ObjectName;
}

export type Fields = Readonly<Record<string, Field>>;

/** Another record that a record points to: shown by `include`, and filtered through as `company.industry`. */
export interface Relation {
  type: () => ObjectType;
  /** The column that holds its id, and the field that shows the same id. */
  column: string;
  field: string;
  /** Where a record points to several: their table, with the ids of both sides. Filters go through it, `include` shows the first. */
  links?: { table: string; own: string; other: string };
}

/** An object of the API, told once: lists, searches, single records, views and filters are made of it. */
export interface ObjectType {
  object: ObjectName;
  table: string;
  /** Condition of the rows that are there: not deleted, not merged away. */
  live: string;
  /** Which of them, of those that the actor may read, this list is for. */
  only?: (ctx: Context) => RawBuilder<boolean>;
  /** Mail in activities shows as far as the viewer may read it, so fields may depend on who asks. */
  fields: Fields | ((ctx: Context) => Fields);
  /** The column that keeps the JSON of all fields of the table itself, without its opening brace: docs/decisions/0013-stored-json.md. */
  stored?: string;
  /** Joins by name; one that brings in other records joins those alone that the actor sees. */
  joins: Readonly<Record<string, (ctx: Context) => RawBuilder<unknown>>>;
  relations: Readonly<Record<string, Relation>>;
  /** Fields that `q` looks through, with their words as SQL, when the table has a search vector of them. */
  search?: Readonly<Record<string, string>>;
  defaultSort: string;
  /**
   * Fields that many records have alike, which the indexes of these sorts have too. Sorts by names alone: what such fields hold may well
   * depend on when a record was made, and the whole index would be passed for what only the oldest have.
   */
  narrowed?: { by: readonly string[]; sorts: readonly string[] };
  /** By sort, fields that have an index in that order: of the records with one value, a page is read and no more, however many they are. */
  within?: Readonly<Record<string, readonly string[]>>;
  /** Sorts whose ties go by another sort before they go by the id, and whose indexes do. */
  ties?: { by: string; of: readonly string[] };
  /** By what else than its id a record is told, beside external ids and unique custom fields. Only of objects that have external ids. */
  match?: Readonly<Record<string, MatchKey>>;
}

/** A field that tells which record is meant. */
export interface MatchKey {
  /** The one form of a value by which it is matched; null when it cannot be one. */
  normal(value: string): string | null;
  /** The records that have a value, given in its normal form. */
  having(normal: string): RawBuilder<boolean>;
}

const sqlTypes: Record<FieldType, string> = {
  text: 'text',
  number: 'numeric',
  money: 'numeric',
  boolean: 'boolean',
  instant: 'timestamptz',
  day: 'date',
  id: 'uuid',
  user: 'uuid',
  ids: 'uuid',
  choices: 'text',
};

/** The SQL type by which a field compares. */
export const sqlTypeOf = ({ sqlType, type }: Field): string => sqlType ?? (type === 'other' ? 'text' : sqlTypes[type]);

const kindOf = (type: Field['type']): WireKind =>
  type === 'instant' || type === 'day' ? type : type === 'money' ? 'text' : 'plain';

/**
 * Fields that are columns of a table, each `name`, with `?` when it may be empty, `!` when lists are not sorted by it (no index would serve,
 * or the order would mean nothing), `:type` when it is no text: `name domain? ownerId?!:user`.
 */
export function fieldsOf(table: string, names: string): Fields {
  const entries = names
    .trim()
    .split(/\s+/)
    .map((entry): [string, Field] => {
      const [, name = '', empty, unsorted, type = 'text'] = /^(\w+)(\?)?(!)?(?::(\w+))?$/.exec(entry) ?? [];
      const field: Field = { expression: `${table}.${snakeCase(name)}`, type: type as Field['type'], nullable: empty === '?' }; // types are written in the code
      return [name, unsorted === undefined ? field : { ...field, sorted: null }];
    });
  return Object.fromEntries(entries);
}

/** The fields of an object that this actor may know of. */
export function knownFields(ctx: Context, type: ObjectType): Fields {
  const all = typeof type.fields === 'function' ? type.fields(ctx) : type.fields;
  const { fields: rules = {} } = ctx.actor.grants;
  if (Object.keys(rules).length === 0) return all;
  const hidden = new Set([...hiddenFields(ctx.actor, type.object), ...hiddenNames(ctx, type, all)]);
  if (hidden.size === 0) return all;
  const shown = Object.fromEntries(Object.entries(all).filter(([name]) => !hidden.has(name)));
  const custom = [...hidden].filter((name) => name.startsWith(customPrefix)).map((name) => name.slice(customPrefix.length));
  if (custom.length === 0 || shown.customFields === undefined) return shown;
  const names = custom.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ');
  const expression = `(${shown.customFields.expression} - array[${names}])`;
  return { ...shown, customFields: { ...shown.customFields, expression } };
}

/** Names of other records that their own object hides, or that would tell of a hidden relation. */
function hiddenNames(ctx: Context, type: ObjectType, fields: Fields): string[] {
  const relations = knownRelations(ctx, type);
  return Object.entries(fields).flatMap(([name, { names, join = '' }]) =>
    names !== undefined && (relations[join] === undefined || hiddenFields(ctx.actor, names).has('name')) ? [name] : [],
  );
}

const customTypes: Record<CustomType, FieldType> = {
  text: 'text',
  longText: 'text',
  number: 'number',
  boolean: 'boolean',
  date: 'day',
  datetime: 'instant',
  select: 'text',
  multiselect: 'choices',
  url: 'text',
  email: 'text',
  phone: 'text',
  user: 'user',
  record: 'id',
};

const customPrefix = 'customFields.';

/** Whether lists may be sorted by a field: an index serves it, and the order means something. */
export const isSortable = ({ type, sorted }: Field): boolean => type !== 'other' && sorted !== null;

/** Whether a request, as JSON, speaks of custom fields at all, so that their definitions are needed. */
export const speaksOfCustom = (json: string): boolean => json.includes(customPrefix);

/** Whose eyes a field is looked at with, and the definitions of custom fields when the request speaks of any. */
export interface Looking {
  ctx: Context;
  custom: CustomFields | undefined;
}

/** A custom field that the actor may know of, by the name that filters and sorts use: `customFields.taxNumber`. */
export function customField({ ctx, custom }: Looking, type: ObjectType, name: string): Field | undefined {
  if (custom === undefined || !name.startsWith(customPrefix)) return undefined;
  const hidden = hiddenFields(ctx.actor, type.object);
  if (hidden.has('customFields') || hidden.has(name)) return undefined;
  const definition = custom.of[type.object as Customisable]?.get(name.slice(customPrefix.length));
  if (definition === undefined || definition.archived) return undefined;
  const { expression, type: sqlType } = customExpression(type.table, definition);
  const field: Field = { expression, type: customTypes[definition.type], nullable: true, sqlType };
  return definition.type === 'multiselect' ? { ...field, sqlType: 'text', sorted: null } : field;
}

/** The relations whose field this actor may know of. */
export function knownRelations(ctx: Context, type: ObjectType): Record<string, Relation> {
  const hidden = hiddenFields(ctx.actor, type.object);
  return Object.fromEntries(Object.entries(type.relations).filter(([, { field }]) => !hidden.has(field)));
}

/** The name of a record that another points to, from a join and relation of that object's name; filters go through the column. */
export const nameOf = (
  join: ObjectName,
  column: string,
  { table, expression }: { table: string; expression: string },
): Field => ({
  expression,
  type: 'text',
  nullable: true,
  sorted: null,
  join,
  names: join,
  through: { column, from: table, id: `${table}.id`, expression },
});

/** Fields as columns of the wire, for statements that are written by hand. */
export const wireColumns = (fields: Fields): WireColumns =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, { unseen }]) => !unseen)
      .map(([name, { expression, type }]) => [name, [expression, kindOf(type)] as const]),
  );

/** Names of the fields, for messages. */
export const listed = (fields: Fields): string => Object.keys(fields).join(', ');
