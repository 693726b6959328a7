import type { RawBuilder } from 'kysely';
import type { Context } from './context.ts';
import { SQL } from './database.ts';
import { hiddenFields, type ObjectName } from './identity/permissions.ts';

/** What somebody typed, as the query texts that Postgres reads. */
export interface Typed {
  /** Every word; of one or two each as the beginning of one, of more the last. */
  prefixes: string;
  /** Every word, each as a whole one. */
  wholes: string;
  /** The words themselves, as typed. */
  words: readonly string[];
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
  // The beginnings of common words are long lists: of three words and more, the last alone is still being typed, of a whole address none.
  const begun = (at: number) => words.length < 3 || (at === words.length - 1 && !/@\S+\.\p{L}{3,}\s*$/u.test(q));
  const all = words.map((word, at) => lexemes(word, begun(at) ? ':*' : '')).join(' & ');
  const number = numberOf(q);
  return {
    prefixes: number === null ? all : `(${all}) | '${number}':* | 'r${[...number].reverse().join('')}':*`,
    wholes: words.map((word) => lexemes(word, '')).join(' & '),
    words,
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
export const tsquery = (text: string): RawBuilder<unknown> => SQL`to_tsquery('public.throughline', ${text})`;

/** Whose words, and in which fields they stand: those that a role hides are not looked through. */
export interface SearchedFields {
  object: ObjectName;
  table: string;
  search?: Readonly<Record<string, string>>;
}

/** A condition that a record holds every word of `q`, as `typed` reads it; served by its vector's index. */
export function matches(ctx: Context, of: SearchedFields, q: string): RawBuilder<unknown> {
  const asked = typed(q);
  if (asked === null) return SQL`false`;
  const vector = SQL.ref(`${of.table}.search`);
  return SQL.join([SQL`${vector} @@ ${tsquery(asked.prefixes)}`, ...inShownFields(ctx, of, asked.prefixes)], SQL` and `);
}

/** With fields hidden from the caller: the condition that the words stand in what is left. Of custom fields all are left out when one is hidden. */
export function inShownFields(ctx: Context, { object, search = {} }: SearchedFields, query: string): RawBuilder<unknown>[] {
  const hidden = new Set([...hiddenFields(ctx.actor, object)].map((field) => field.split('.')[0]));
  if (hidden.size === 0) return [];
  const left = Object.keys(search).filter((name) => !hidden.has(name));
  const text = SQL.raw(`concat_ws(' ', ${['null', ...left.map((name) => search[name])].join(', ')})`);
  return [SQL`search_vector(${text}) @@ ${tsquery(query)}`];
}
