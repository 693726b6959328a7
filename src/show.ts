import type { RawBuilder } from 'kysely';
import type { Context } from './context.ts';
import { SQL } from './database.ts';
import { invalidField } from './errors.ts';
import { visible } from './identity/permissions.ts';
import { type Field, type Fields, knownFields, knownRelations, listed, type ObjectType, wireColumns } from './objects.ts';
import type { Place } from './places.ts';
import { jsonOf, selectList } from './wire.ts';

/** What of a record an answer shows: `fields` and `include` of a request, comma-separated. */
export interface Selection {
  fields?: string | undefined;
  include?: string | undefined;
}

/** SQL of a record's JSON, the joins that it needs besides its table, and both together. */
export interface Shown {
  json: RawBuilder<unknown>;
  joins: RawBuilder<unknown>;
  from: RawBuilder<unknown>;
}

/** A selection with where it was made, and the fields whose joins are needed besides. */
export interface Showing extends Selection {
  place: Place;
  also?: readonly Field[];
}

/** What is shown of an object's records. Throws 400 for unknown fields and relations. */
export function show(ctx: Context, type: ObjectType, { fields, include, place, also = [] }: Showing): Shown {
  const known = knownFields(ctx, type);
  const plain = fields === undefined && include === undefined;
  const { json, joins } = plain && known === type.fields ? wholeOf(type, known) : chosen(ctx, type, { fields, include, place });
  const needed = new Set([...joins, ...also.map(({ join }) => join)]);
  const wanted = Object.entries(type.joins).flatMap(([name, join]) => (needed.has(name) ? [join(ctx)] : []));
  const joined = SQL.join(wanted, SQL` `);
  return { json, joins: joined, from: SQL`${SQL.raw(type.table)} ${joined}` };
}

interface Chosen {
  json: RawBuilder<unknown>;
  /** Names of the joins that the shown fields need. */
  joins: readonly (string | undefined)[];
}

/** Whole records of objects whose fields are the same to all: their text is made once, since making it took a third of a get's time. */
const wholes = new WeakMap<ObjectType, Chosen>();

function wholeOf(type: ObjectType, fields: Fields): Chosen {
  const made = wholes.get(type) ?? { json: SQL.raw(wholeJson(type, fields)), joins: joinsOf(fields) };
  wholes.set(type, made);
  return made;
}

/** SQL of the JSON of a record with all its fields: what its row keeps and the fields that joins bring, or made anew. */
export function wholeJson({ stored }: ObjectType, fields: Fields): string {
  if (stored === undefined) return jsonOf(wireColumns(fields));
  const joined = Object.entries(fields).filter(([, { join }]) => join !== undefined);
  const names = joined.map(([name, { expression }]) => `'"${name}":' || coalesce(to_json(${expression})::text, 'null') || ','`);
  return `(${["'{'", ...names, stored].join(' || ')})`;
}

const joinsOf = (fields: Fields): (string | undefined)[] =>
  Object.values(fields).flatMap(({ unseen, join }) => (unseen ? [] : [join]));

function chosen(ctx: Context, type: ObjectType, { fields, include, place }: Showing): Chosen {
  const known = knownFields(ctx, type);
  const shown = fields === undefined ? known : chosenFields(known, fields, place);
  const included = include === undefined ? [] : split(include).map((name) => includedRecord(ctx, type, { name, place }));
  const columns = wireColumns(shown);
  const json =
    included.length === 0
      ? SQL.raw(jsonOf(columns))
      : SQL`row_to_json((select r from (select ${SQL.join([SQL.raw(selectList(columns)), ...included])}) r))`;
  return { json, joins: joinsOf(shown) };
}

function chosenFields(known: Fields, wanted: string, place: Place): Fields {
  const names = split(wanted);
  const unknown = names.find((name) => !Object.hasOwn(known, name) || known[name]?.unseen);
  if (unknown !== undefined || names.length === 0) {
    throw invalidField(
      place.of('fields'),
      'unknown_field',
      `There is no field ${unknown ?? ''} here; fields are ${listed(known)}.`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, known[name] as Field])); // each is known
}

/** The record that a relation points to, as JSON without relations of its own; null when there is none that the actor sees. */
function includedRecord(ctx: Context, type: ObjectType, { name, place }: { name: string; place: Place }): RawBuilder<unknown> {
  if (name === 'externalIds' && type.match !== undefined) return SQL`${externalIdsOf(type)} as "externalIds"`;
  const relations = knownRelations(ctx, type);
  const relation = Object.hasOwn(relations, name) ? relations[name] : undefined;
  if (relation === undefined) {
    const names = [...Object.keys(relations), ...(type.match === undefined ? [] : ['externalIds'])].join(', ') || 'none';
    throw invalidField(place.of('include'), 'unknown_relation', `There is no ${name} to include; possible are: ${names}.`);
  }
  const other = relation.type();
  const alias = `included_${other.table}`;
  return SQL`(select ${jsonAs(ctx, other, alias)} from ${SQL.ref(other.table)} as ${SQL.ref(alias)}
      where ${SQL.ref(`${alias}.id`)} = ${SQL.raw(relation.column)} and ${liveAs(other, alias)}
        and ${visible(ctx, other.object, alias)}) as ${SQL.ref(name)}`;
}

/** The JSON of records whose table goes by another name in a query, without what a join would bring. */
export function jsonAs(ctx: Context, type: ObjectType, alias: string): RawBuilder<unknown> {
  const own = Object.fromEntries(Object.entries(knownFields(ctx, type)).filter(([, { join }]) => join === undefined));
  const columns = Object.entries(wireColumns(own)).map(
    ([name, [expression, kind]]) => [name, [expression.replaceAll(`${type.table}.`, `${alias}.`), kind] as const] as const,
  );
  return SQL.raw(jsonOf(Object.fromEntries(columns)));
}

/** The condition of those that are there of a table that goes by another name. */
export const liveAs = (type: ObjectType, alias: string): RawBuilder<unknown> =>
  SQL.raw(type.live.replaceAll(`${type.table}.`, `${alias}.`));

/** What other systems call a record. */
const externalIdsOf = ({ object, table }: ObjectType) =>
  SQL`coalesce((select json_agg(json_build_object('system', e.system, 'id', e.external_id) order by e.system, e.external_id)
      from external_ids e where e.record_id = ${SQL.ref(`${table}.id`)} and e.object = ${SQL.lit(object)}), '[]')`;

const split = (names: string): string[] => [
  ...new Set(
    names
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  ),
];
