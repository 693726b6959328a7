import type { RawBuilder } from 'kysely';
import type { End } from './cursors.ts';
import { SQL } from './database.ts';
import { invalidField } from './errors.ts';
import { inQuery, type Place } from './places.ts';
import { unseen } from './plans.ts';

/** What a list may be sorted on. Where it may be empty, the rows without it come last, whichever way it goes. */
export interface Sort {
  expression: string;
  /** The SQL type by which it compares. */
  type: string;
  nullable?: boolean;
  /** Which way it goes when the caller does not say `-`. */
  descending?: boolean;
  /** The sort that puts those in order that are the same by this one, before their ids do. */
  ties?: string | undefined;
}

/** What a page is sorted on, and which way. */
export interface Key extends Sort {
  descending: boolean;
}

export interface Order {
  /** As the caller said it. */
  name: string;
  /** What is sorted on besides the id. */
  keys: Key[];
  /** Which way the id goes. */
  descending: boolean;
}

const keysAtMost = 4;

interface Sorted {
  sorts: Readonly<Record<string, Sort>>;
  /** Where the caller's question stands; a query string unless told. */
  place?: Place | undefined;
}

/** The order that a caller asks for. Throws 400 for more fields than are possible, and for one that there is not, naming those there are. */
export function orderOf(wanted: string, { sorts, place = inQuery }: Sorted): Order {
  const names = wanted.split(',').map((name) => name.trim());
  if (names.length > keysAtMost) throw invalidField(place.of('sort'), 'unknown_sort', `sort may name ${keysAtMost} fields.`);
  const keyOf = (name: string): Key & { isId: boolean } => {
    const plain = name.replace(/^-/, '');
    const sort = Object.hasOwn(sorts, plain) ? sorts[plain] : undefined;
    if (sort === undefined && plain !== 'id') {
      const possible = ['id', ...Object.keys(sorts)].join(', ');
      throw invalidField(place.of('sort'), 'unknown_sort', `sort must be of ${possible}; put - before a name to turn it round.`);
    }
    const turned = name.startsWith('-');
    const { expression = '', type = 'uuid', descending = false, nullable = false, ties } = sort ?? {};
    return { expression, type, nullable, ties, descending: turned !== descending, isId: sort === undefined };
  };
  const keys = names.map(keyOf);
  const { ties = '', descending = false } = keys.at(-1) ?? {};
  if (Object.hasOwn(sorts, ties)) keys.push({ ...keyOf(ties), descending });
  const first = keys.findIndex(({ isId }) => isId);
  const sorted = (first < 0 ? keys : keys.slice(0, first)).map(({ isId: _, ...key }) => key); // nothing comes behind an id
  return { name: wanted, keys: sorted, descending: (keys[first] ?? keys[0])?.descending ?? false };
}

/** Whether it is the order of one of these sorts, whichever way it goes. */
export const isOf = (sorts: readonly string[] = [], { name, keys }: Order): boolean =>
  keys.length === 1 && sorts.includes(name.replace(/^-/, ''));

/** The order as SQL, what is empty last. */
export const orderBy = (keys: readonly Key[], { id, descending }: { id: string; descending: boolean }): RawBuilder<unknown> =>
  SQL.raw(
    [
      ...keys.map((key) => `${key.expression} ${key.descending ? 'desc' : 'asc'}${key.nullable ? ' nulls last' : ''}`),
      `${id} ${descending ? 'desc' : 'asc'}`,
    ].join(),
  );

/** What comes behind a row: a comparison of rows where all keys go one way and are filled, else key by key. */
export function after(id: string, keys: readonly Key[], { order, end }: { order: Order; end: End }): RawBuilder<unknown> {
  const last: Key = { expression: id, type: 'uuid', descending: order.descending };
  const all = [...keys, last];
  const values = [...end.values.slice(0, keys.length), end.id];
  const value = (index: number) => {
    const [given, type] = [values[index] ?? null, all[index]?.type ?? 'text'];
    return end.unseen ? unseen(given, type) : SQL`${given}::${SQL.raw(type)}`;
  };
  const plain = all.every((key) => key.descending === last.descending && key.nullable !== true);
  if (plain) {
    const compare = SQL.raw(last.descending ? '<' : '>');
    return SQL`(${SQL.join(all.map(({ expression }) => SQL.raw(expression)))}) ${compare} (${SQL.join(all.map((_, index) => value(index)))})`;
  }
  const ways = all.map((key, index) => {
    const same = all.slice(0, index).map((before, at) => SQL`${SQL.raw(before.expression)} is not distinct from ${value(at)}`);
    const expression = SQL.raw(key.expression);
    const beyond = SQL`${expression} ${SQL.raw(key.descending ? '<' : '>')} ${value(index)}`;
    const further = values[index] === null ? SQL`false` : key.nullable ? SQL`(${beyond} or ${expression} is null)` : beyond;
    return SQL`(${SQL.join([...same, further], SQL` and `)})`;
  });
  const [first] = all as [Key];
  const bound = SQL`${SQL.raw(first.expression)} ${SQL.raw(first.descending ? '<=' : '>=')} ${value(0)}`;
  const further = SQL`(${SQL.join(ways, SQL` or `)})`;
  return first.nullable ? further : SQL`(${bound} and ${further})`;
}
