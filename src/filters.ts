import type { RawBuilder } from 'kysely';
import type { Context } from './context.ts';
import type { CustomFields } from './custom-fields.ts';
import { SQL } from './database.ts';
import { type AppError, invalidField } from './errors.ts';
import { type Operand, operandOf, truth, valuesOf } from './filter-values.ts';
import { visible } from './identity/permissions.ts';
import {
  customField,
  type Field,
  type FieldType,
  knownFields,
  knownRelations,
  listed,
  type ObjectType,
  type Relation,
  sqlTypeOf,
} from './objects.ts';
import type { Place } from './places.ts';
import { unseen } from './plans.ts';

/** Operators of filters by what the field holds. */
export const operators: Record<FieldType, readonly string[]> = {
  text: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'contains', 'startsWith', 'empty'],
  number: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'empty'],
  money: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'empty'],
  instant: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'empty'],
  day: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'empty'],
  boolean: ['eq', 'ne', 'empty'],
  id: ['eq', 'ne', 'in', 'nin', 'empty'],
  user: ['eq', 'ne', 'in', 'nin', 'empty'],
  ids: ['eq', 'ne', 'in', 'nin', 'empty'],
  choices: ['eq', 'ne', 'in', 'nin', 'empty'],
};

const comparisons: Record<string, string> = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' };
const deepest = 6;
const partsAtMost = 100;

interface Reading {
  ctx: Context;
  place: Place;
  custom: CustomFields | undefined;
  /** How many more parts the filter may have. */
  left: { parts: number };
  /** Whether it is asked of rows that are met on the way, and then the conditions under which that is worth it. */
  walk?: { worth: RawBuilder<unknown>[] };
}

/** A filter with where it stands, and the definitions of custom fields when it speaks of any. */
export interface Filtering {
  filter: unknown;
  place: Place;
  custom?: CustomFields | undefined;
}

/**
 * SQL of a filter on an object's records, seen through the actor's own eyes. Throws 400, with the place, for a field or operator that there
 * is not, for a value of the wrong kind, and for a filter that is too deep or too long.
 */
export function filterSql(ctx: Context, type: ObjectType, { filter, place, custom }: Filtering): RawBuilder<boolean> {
  return treeSql({ ctx, place, custom, left: { parts: partsAtMost } }, type, { tree: filter, path: [] });
}

/** Related records that are held as a hash while rows are met on the way: fewer are sooner looked up, and more take longer to gather. */
const related = { atLeast: SQL.raw('1000'), atMost: SQL.raw('3000'), cut: SQL.raw('3001') };

/** A filter for rows that are met on the way, and whether it is worth to meet them so. */
export interface Walk {
  condition: RawBuilder<boolean>;
  worth: RawBuilder<boolean>;
}

/**
 * The same for rows that are met on the way, if it leads through related records: these are found once, and each row is asked whether it is of
 * them. That is worth it where they are neither few nor many.
 */
export function walkSql(ctx: Context, type: ObjectType, { filter, place, custom }: Filtering): Walk | undefined {
  const walk = { worth: [] as RawBuilder<unknown>[] };
  const condition = treeSql({ ctx, place, custom, left: { parts: partsAtMost }, walk }, type, { tree: filter, path: [] });
  return walk.worth.length === 0 ? undefined : { condition, worth: SQL<boolean>`(${SQL.join(walk.worth, SQL` and `)})` };
}

/** Whether a filter asks of these fields alone, and what an index answers of any of its columns: whether it is a value, or empty. */
export const asksOnly = (filter: unknown, fields: readonly string[]): boolean =>
  isObject(filter) &&
  Object.entries(filter).every(
    ([name, wanted]) =>
      fields.includes(name) && (!isObject(wanted) || Object.keys(wanted).every((operator) => ['eq', 'empty'].includes(operator))),
  );

/** Whether a filter asks for one value of one of these fields, and nothing else. */
export const asksForOne = (filter: unknown, fields: readonly string[]): boolean =>
  isObject(filter) &&
  Object.keys(filter).length === 1 &&
  asksOnly(filter, fields) &&
  !Object.values(filter).some((wanted) => isObject(wanted) && 'empty' in wanted);

interface At {
  tree: unknown;
  path: readonly string[];
  /** Of records that it leads to, which are then to be none of these: what `ne`, `nin` and `empty` say is turned round. */
  affirmed?: boolean;
}

function treeSql(reading: Reading, type: ObjectType, { tree, path }: At): RawBuilder<boolean> {
  if (path.length > deepest * 2) throw refusal(reading, path, `A filter may be ${deepest} levels deep.`);
  if (!isObject(tree)) throw refusal(reading, path, 'A filter is an object of fields, or of and, or, not.');
  const parts = Object.entries(tree).map(([name, inner]) => {
    if (--reading.left.parts < 0) throw refusal(reading, path, `A filter may have ${partsAtMost} parts.`);
    const at = { tree: inner, path: [...path, name] };
    if (name === 'and' || name === 'or') return listSql(reading, type, { ...at, word: name });
    if (name === 'not') return SQL<boolean>`(${treeSql(reading, type, at)}) is not true`;
    return namedSql(reading, type, { ...at, name });
  });
  return parts.length === 0 ? SQL<boolean>`true` : SQL<boolean>`(${SQL.join(parts, SQL` and `)})`;
}

function listSql(reading: Reading, type: ObjectType, { tree, path, word }: At & { word: 'and' | 'or' }): RawBuilder<boolean> {
  if (!Array.isArray(tree) || tree.length === 0) throw refusal(reading, path, `${word} holds a list of filters.`);
  const parts = tree.map((inner, index) => treeSql(reading, type, { tree: inner, path: [...path, String(index)] }));
  return SQL<boolean>`(${SQL.join(parts, word === 'and' ? SQL` and ` : SQL` or `)})`;
}

/** A field of the object, or one of a related record: `company.industry`. */
function namedSql(reading: Reading, type: ObjectType, at: At & { name: string }): RawBuilder<boolean> {
  const { path, name, affirmed } = at;
  const { ctx } = reading;
  const fields = knownFields(ctx, type);
  const field = Object.hasOwn(fields, name) ? fields[name] : customField(reading, type, name);
  if (field !== undefined) return fieldSql(reading, field, at);
  const [first = '', ...rest] = name.split('.');
  const relations = knownRelations(ctx, type);
  const relation = rest.length > 0 && Object.hasOwn(relations, first) ? relations[first] : undefined;
  if (relation === undefined || path.join().split('.').length > 4) {
    throw invalidField(
      reading.place.filter(path),
      'unknown_field',
      `There is no field ${name} here; fields are ${listed(fields)}.`,
    );
  }
  const leads = (way: At) => leadsTo(reading, type, { relation, at: { ...way, name: rest.join('.') } });
  if (affirmed) return leads(at);
  // What leads nowhere is none of these, neither.
  const ways = waysOf(at).map((way) => (way.affirmed ? SQL<boolean>`(${leads(way)}) is not true` : leads(way)));
  return SQL<boolean>`(${SQL.join(ways, SQL` and `)})`;
}

/** A condition on related records, in parts: what one of them has, and each thing that none may have. */
function waysOf(at: At): At[] {
  if (!isObject(at.tree)) return [at];
  const entries = Object.entries(at.tree);
  const [none, some] = [entries.filter((one) => isNegative(...one)), entries.filter((one) => !isNegative(...one))];
  const positive = some.length === 0 && none.length > 0 ? [] : [{ ...at, tree: Object.fromEntries(some) }];
  return [...positive, ...none.map((one) => ({ ...at, tree: Object.fromEntries([one]), affirmed: true }))];
}

const isNegative = (operator: string, value: unknown): boolean =>
  operator === 'ne' || operator === 'nin' || (operator === 'empty' && String(value) === 'true');

const affirmedAs = (operator: string, value: unknown): [operator: string, value: unknown] => {
  if (operator === 'ne') return ['eq', value];
  return operator === 'nin' ? ['in', value] : [operator, operator === 'empty' ? false : value];
};

/** Whose related records have what is asked of them. */
function leadsTo(
  reading: Reading,
  type: ObjectType,
  { relation, at }: { relation: Relation; at: At & { name: string } },
): RawBuilder<boolean> {
  const other = relation.type();
  const records = SQL`select ${SQL.ref(`${other.table}.id`)} from ${SQL.ref(other.table)}
      where ${SQL.raw(other.live)} and ${visible(reading.ctx, other.object, other.table)} and ${namedSql(reading, other, at)}`;
  if (relation.links === undefined) return among(reading, SQL.raw(relation.column), records);
  const { table, own, other: linked } = relation.links;
  const linking = SQL`select ${SQL.ref(`${table}.${own}`)} from ${SQL.ref(table)} where ${SQL.ref(`${table}.${linked}`)} in (${records})`;
  return among(reading, SQL.ref(`${type.table}.id`), linking);
}

function among({ walk }: Reading, id: RawBuilder<unknown>, ids: RawBuilder<unknown>): RawBuilder<boolean> {
  if (walk === undefined) return SQL<boolean>`${id} in (${ids})`;
  const counted = SQL`select count(*) between ${related.atLeast} and ${related.atMost} from (${ids} limit ${related.cut}) as counted`;
  walk.worth.push(SQL`(${counted})`);
  // `is true` keeps it a hash: as a join, each row's record would be looked up. Postgres holds as one what it expects to fit into memory, and behind
  // a limit that it does not see, which is none, it expects a tenth: also where it misjudges a filter of a large table, it is one.
  return SQL<boolean>`((${id} in (${ids} limit ${unseen(null, 'bigint')})) is true)`;
}

function fieldSql(reading: Reading, field: Field, { tree, path, affirmed }: At): RawBuilder<boolean> {
  const wanted = isObject(tree) ? Object.entries(tree) : [['eq', tree] as const];
  if (wanted.length === 0) throw refusal(reading, path, 'Say an operator and its value.');
  const { type } = field;
  if (type === 'other') throw refusal(reading, path, 'This field cannot be filtered by.');
  const parts = wanted.map(([operator, value]) => {
    const at = isObject(tree) ? [...path, operator] : path;
    if (!operators[type].includes(operator)) {
      throw invalidField(
        reading.place.filter(at),
        'unknown_operator',
        `There is no operator ${operator} here; possible are ${operators[type].join(', ')}.`,
      );
    }
    const [said, of] = affirmed ? affirmedAs(operator, value) : [operator, value];
    return operatorSql({ reading, field: { ...field, type }, path: at }, said, of);
  });
  return SQL<boolean>`(${SQL.join(parts, SQL` and `)})`;
}

function operatorSql(operand: Operand, operator: string, value: unknown): RawBuilder<boolean> {
  const { field } = operand;
  if (field.type === 'ids' || field.type === 'choices') return memberSql(operand, operator, value);
  if (operator === 'eq' && field.equals !== undefined) return field.equals(String(operandOf(operand, value)));
  if (field.through === undefined) return comparison(operand, operator, value);
  const { column, from, id, expression } = field.through;
  const seen = field.names === undefined ? SQL`true` : visible(operand.reading.ctx, field.names, from);
  const inner = { ...operand, field: { ...field, expression } };
  const negative = operator === 'ne' || operator === 'nin' || (operator === 'empty' && truth(inner, value));
  const positive = operator === 'ne' ? 'eq' : operator === 'nin' ? 'in' : operator;
  const condition = operator === 'empty' ? SQL`${SQL.raw(expression)} is not null` : comparison(inner, positive, value);
  const within = SQL`(select ${SQL.raw(id)} from ${SQL.raw(from)} where ${condition} and ${seen})`;
  // What points to nothing is of no name, neither; `not in` would leave it out as soon as something has the name.
  return negative ? SQL<boolean>`(${SQL.raw(column)} in ${within}) is not true` : SQL<boolean>`${SQL.raw(column)} in ${within}`;
}

/** What a list of ids or of choices is asked: whether it has a value, any of several, or none at all. */
function memberSql(operand: Operand, operator: string, value: unknown): RawBuilder<boolean> {
  const { expression: text, type } = operand.field;
  const expression = SQL.raw(text);
  const nothing = type === 'ids' ? SQL`${expression} = '{}'` : SQL`coalesce(jsonb_array_length(${expression}), 0) = 0`;
  if (operator === 'empty') return truth(operand, value) ? SQL<boolean>`${nothing}` : SQL<boolean>`not (${nothing})`;
  const values = operator === 'in' || operator === 'nin' ? valuesOf(operand, value) : [operandOf(operand, value)];
  // The first half is what the index on tags is made of.
  const has =
    type === 'ids'
      ? SQL<boolean>`(${expression} <> '{}' and ${expression} && ${values}::uuid[])`
      : SQL<boolean>`(${expression} ?| ${values}::text[])`;
  return operator === 'eq' || operator === 'in' ? has : SQL<boolean>`${has} is not true`;
}

function comparison(operand: Operand, operator: string, value: unknown): RawBuilder<boolean> {
  const { field } = operand;
  const expression = SQL.raw(field.expression);
  const cast = SQL.raw(sqlTypeOf(field));
  switch (operator) {
    case 'empty':
      return truth(operand, value) ? SQL<boolean>`${expression} is null` : SQL<boolean>`${expression} is not null`;
    case 'in':
      return SQL<boolean>`${expression} = any(${valuesOf(operand, value)}::${cast}[])`;
    case 'nin':
      return SQL<boolean>`(${expression} = any(${valuesOf(operand, value)}::${cast}[])) is not true`;
    case 'ne':
      return SQL<boolean>`${expression} is distinct from ${operandOf(operand, value)}::${cast}`;
    case 'contains':
      return SQL<boolean>`${expression} ilike ${`%${escaped(operandOf(operand, value))}%`}`;
    case 'startsWith':
      return SQL<boolean>`${expression} ilike ${`${escaped(operandOf(operand, value))}%`}`;
    default:
      return SQL<boolean>`${expression} ${SQL.raw(comparisons[operator] ?? '=')} ${operandOf(operand, value)}::${cast}`;
  }
}

const escaped = (value: unknown): string => String(value).replace(/[\\%_]/g, '\\$&');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refusal = ({ place }: Pick<Reading, 'place'>, path: readonly string[], message: string): AppError =>
  invalidField(place.filter(path), 'invalid_filter', message);
