import { parse } from 'node:querystring';

const filterName = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/;

/** Query strings that came lately: to read and validate a list's took a twentieth of the process's time, and a team opens the same ones all day. */
const lately = new Map<string, Record<string, unknown>>();
const latelyAtMost = 500;
const longestKept = 1_000;

/**
 * Reads a query string; `filter[amount][gte]=1000` becomes `{ filter: { amount: { gte: '1000' } } }`. A name given twice is a list. The same
 * string may be given the same object, which cannot be written to.
 */
export function readQuery(text: string): Record<string, unknown> {
  const known = lately.get(text);
  if (known !== undefined) return known;
  const query = frozen(queryOf(text));
  if (lately.size >= latelyAtMost) lately.clear();
  if (text.length <= longestKept) lately.set(text, query);
  return query;
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner);
  return Object.freeze(value);
}

function queryOf(text: string): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null);
  let filter: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(parse(text, '&', '=', { maxKeys: 200 }))) {
    const [, field, operator] = (name.startsWith('filter[') && filterName.exec(name)) || [];
    if (field === undefined) query[name] = value;
    else {
      filter ??= Object.create(null) as Record<string, unknown>;
      filter[field] = narrowed(filter[field], operator, value);
    }
  }
  // Beside a bare `filter=` it stays what it is, which is refused.
  if (filter !== undefined && query.filter === undefined) query.filter = filter;
  return query;
}

/** What a field is asked for, once more is said of it. */
function narrowed(before: unknown, operator: string | undefined, value: unknown): unknown {
  if (before === undefined) return operator === undefined ? value : { [operator]: value };
  const operators = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : { eq: before };
  return { ...operators, [operator ?? 'eq']: value };
}
