import { parse } from 'node:querystring';

/** Reads a query string; `filter[amount][gte]=1000` becomes `{ filter: { amount: { gte: '1000' } } }`. A name given twice is a list. */
export function readQuery(text: string): Record<string, unknown> {
  const flat: Record<string, unknown> = parse(text, '&', '=', { maxKeys: 200 });
  const filter: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(flat)) {
    const [, field, operator] = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/.exec(name) ?? [];
    if (field === undefined) continue;
    delete flat[name];
    const before = filter[field];
    const operators = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {};
    const plain = before !== undefined && operators !== before ? { eq: before } : {};
    filter[field] =
      operator === undefined && before === undefined ? value : { ...plain, ...operators, [operator ?? 'eq']: value };
  }
  // Beside a bare `filter=` it stays what it is, which is refused.
  return Object.keys(filter).length > 0 && flat.filter === undefined ? { ...flat, filter } : flat;
}
