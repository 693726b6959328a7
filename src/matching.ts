import type { RawBuilder } from 'kysely';
import { type Context, rowOf } from './context.ts';
import { SQL } from './database.ts';
import { hiddenFields, type ObjectName } from './identity/permissions.ts';

/** What somebody typed, as the query texts that Postgres reads. */
export interface Typed {
  /** Every word; of one or two each as the beginning of one, of more and of numbers the last; a phone number by its beginning or end. */
  prefixes: string;
  /** Every word, each as a whole one. */
  wholes: string;
  /** The words themselves, as typed. */
  words: readonly string[];
  /** Those that are looked for as beginnings, a query text each. */
  begun: readonly string[];
  /** `prefixes` without some of `begun`: it holds for more rows. Null when nothing would be left to look for. */
  without(common: ReadonlySet<string>): string | null;
}

const han = /[\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/u;
const wordsAtMost = 8;

/**
 * Reads what somebody typed: words, parts of addresses, a Chinese or Japanese part of a name as a phrase of its characters, a phone number
 * in any spelling as the beginning or the end of one. Null when there is nothing to look for.
 */
export function typed(q: string): Typed | null {
  const words =
    q
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu)
      ?.slice(0, wordsAtMost) ?? [];
  if (words.length === 0) return null;
  const number = numberOf(q);
  // The beginnings of common words are long lists: of three words and more, the last alone is still being typed, of a whole address none.
  const isBegun = (at: number) =>
    (words.length < 3 && number === null) || (at === words.length - 1 && !/@\S+\.\p{L}{3,}\s*$/u.test(q));
  const begun = words.flatMap((word, at) => (isBegun(at) ? [lexemes(word, ':*')] : []));
  const terms = words.map((word, at) => lexemes(word, isBegun(at) ? ':*' : ''));
  const numbers = number === null ? [] : [`'${number}':*`, `'r${[...number].reverse().join('')}':*`];
  const anyOf = (left: readonly string[]) => [...(left.length === 0 ? [] : [`(${left.join(' & ')})`]), ...numbers].join(' | ');
  return {
    prefixes: anyOf(terms),
    wholes: words.map((word) => lexemes(word, '')).join(' & '),
    words,
    begun,
    without: (common) => anyOf(terms.filter((term) => !common.has(term))) || null,
  };
}
/** A word holds letters, digits and marks alone, so it needs no escaping. */
function lexemes(word: string, mark: string): string {
  const parts = word.split(/([\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])/u).filter(Boolean);
  return `(${parts.map((part) => (han.test(part) ? `'${part}'` : `'${part}'${mark}`)).join(' <-> ')})`;
}

/** Digits of what looks like a phone number, without trunk and international zeros, which are not in its normal form. */
function numberOf(q: string): string | null {
  if (!/^[\s\d+()./-]+$/.test(q)) return null;
  const digits = q.replace('(0)', '').replace(/\D/g, '').replace(/^0+/, '');
  return digits.length < 5 ? null : digits;
}

/** SQL of a query text; words lose their accents and case as the indexed ones do. */
const readQuery = (text: string): RawBuilder<unknown> => SQL`to_tsquery('public.throughline', ${text})`;

/** The same for statements that are planned once for any text: it is read once for all rows. */
export const tsquery = (text: string): RawBuilder<unknown> => SQL`(select ${readQuery(text)})`;

/** Rows that tell what is common, and of which the first matches of what is common are taken. */
export const newestAtMost = 500;
/** Of a beginning that more of the newest rows have than this, the index would give a list as long as a good part of the table. */
const commonFrom = newestAtMost / 10;

/** The newest rows of a table, under its name. */
export const newestOf = (table: string): RawBuilder<unknown> =>
  SQL`(select * from ${SQL.ref(table)} order by ${SQL.ref(`${table}.id`)} desc limit ${SQL.raw(String(newestAtMost))}) as ${SQL.ref(table)}`;

/** SQL, over the newest rows, of how many have each beginning that is looked for: an array. */
export function begunCounts(asked: Typed, vector: RawBuilder<unknown>): RawBuilder<number[]> {
  const counts = asked.begun.map((begun) => SQL`count(*) filter (where ${vector} @@ ${tsquery(begun)})`);
  return SQL<number[]>`array[${SQL.join(counts)}]::int[]`;
}

/** The query text that an index is to be asked for: without the beginnings that too many rows have. Null when there is no other. */
export const selective = (asked: Typed, counts: readonly number[]): string | null =>
  asked.without(new Set(asked.begun.filter((_, at) => (counts[at] ?? 0) > commonFrom)));

/** Whose words, and in which fields they stand: those that a role hides are not looked through. */
export interface SearchedFields {
  object: ObjectName;
  table: string;
  search?: Readonly<Record<string, string>>;
}

/** A condition that a record holds every word of `q`, as `typed` reads it; served by its vector's index. */
export async function matches(ctx: Context, of: SearchedFields, q: string): Promise<RawBuilder<unknown>> {
  const asked = typed(q);
  if (asked === null) return SQL`false`;
  const vector = SQL.ref(`${of.table}.search`);
  const index = await selectiveIn(ctx, of, asked);
  const has = SQL`${vector} @@ ${readQuery(asked.prefixes)}`;
  // What the index is not to be asked for is put so that it cannot be.
  const words = index === asked.prefixes ? [has] : [SQL`${vector} @@ ${readQuery(index)}`, SQL`(${has}) is true`];
  return SQL.join([...words, ...inShownFields(ctx, of, asked.prefixes)], SQL` and `);
}

/** What the index of a table is asked for. Its newest rows are looked at only when something could be left out. */
async function selectiveIn(ctx: Context, { table }: SearchedFields, asked: Typed): Promise<string> {
  if (asked.begun.length === 0 || asked.without(new Set(asked.begun)) === null) return asked.prefixes;
  const counted = SQL<{
    begun: number[];
  }>`select ${begunCounts(asked, SQL.ref(`${table}.search`))} as begun from ${newestOf(table)}`;
  const row = await rowOf(ctx, counted);
  return selective(asked, row?.begun ?? []) ?? asked.prefixes;
}

/** With fields hidden from the caller: the condition that the words stand in what is left. Of custom fields all are left out when one is hidden. */
export function inShownFields(ctx: Context, { object, search = {} }: SearchedFields, query: string): RawBuilder<unknown>[] {
  const hidden = new Set([...hiddenFields(ctx.actor, object)].map((field) => field.split('.')[0]));
  if (hidden.size === 0) return [];
  const left = Object.keys(search).filter((name) => !hidden.has(name));
  const text = SQL.raw(`concat_ws(' ', ${['null', ...left.map((name) => search[name])].join(', ')})`);
  return [SQL`search_vector(${text}) @@ ${tsquery(query)}`];
}
