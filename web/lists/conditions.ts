/** A filter as the API takes it: `{ and: [{ stage: { in: ['proposal'] } }, ...] }`. */
export type Tree = Record<string, unknown>;

/** One line of a filter. `key` tells lines apart on screen. */
export interface Condition {
  kind: 'condition';
  key: string;
  /** Path of the field: `amount`, `customFields.seats`, `company.industry`. */
  field: string;
  /** An operator of the API, or `filled`, which is `empty: false`. */
  operator: string;
  value: unknown;
}

/** Lines of which all must hold, or any. */
export interface Group {
  kind: 'group';
  key: string;
  join: 'and' | 'or';
  items: Item[];
}

/** A part that was written by hand, such as `not`: kept and shown, not edited. */
export interface Written {
  kind: 'written';
  key: string;
  tree: Tree;
}

export type Item = Condition | Group | Written;

let keys = 0;
/** A key that no other item has. */
export const newKey = (): string => `item-${++keys}`;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A filter as lines and groups. A single condition is a group of one. */
export function groupOf(tree: Tree | undefined): Group {
  const item = tree === undefined || Object.keys(tree).length === 0 ? undefined : itemOf(tree);
  if (item?.kind === 'group') return item;
  return { kind: 'group', key: newKey(), join: 'and', items: item === undefined ? [] : [item] };
}

function itemOf(tree: Tree): Item {
  const entries = Object.entries(tree);
  const [name = '', inner] = entries[0] ?? [];
  if (entries.length > 1)
    return joined(
      'and',
      entries.map(([field, value]) => ({ [field]: value })),
    );
  if ((name === 'and' || name === 'or') && Array.isArray(inner)) return joined(name, inner.filter(isTree));
  if (name === 'not') return { kind: 'written', key: newKey(), tree };
  if (!isTree(inner)) return { kind: 'condition', key: newKey(), field: name, operator: 'eq', value: inner };
  const operators = Object.entries(inner);
  if (operators.length > 1)
    return joined(
      'and',
      operators.map(([operator, value]) => ({ [name]: { [operator]: value } })),
    );
  const [operator = 'eq', value] = operators[0] ?? [];
  if (operator === 'empty' && value === false)
    return { kind: 'condition', key: newKey(), field: name, operator: 'filled', value: true };
  return { kind: 'condition', key: newKey(), field: name, operator, value };
}

const joined = (join: Group['join'], trees: Tree[]): Group => ({ kind: 'group', key: newKey(), join, items: trees.map(itemOf) });

/** Whether a line says all that it needs. */
export function isComplete({ field, operator, value }: Condition): boolean {
  if (field === '') return false;
  if (operator === 'empty' || operator === 'filled') return true;
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined && String(value).trim() !== '';
}

/** The filter that lines and groups stand for; what is not complete is left out. Undefined when nothing is left. */
export function treeOf(item: Item): Tree | undefined {
  if (item.kind === 'written') return item.tree;
  if (item.kind === 'condition') {
    const { field, operator, value } = item;
    if (!isComplete(item)) return undefined;
    if (operator === 'empty' || operator === 'filled') return { [field]: { empty: operator === 'empty' } };
    return { [field]: { [operator]: value } };
  }
  const parts = item.items.map(treeOf).filter((part) => part !== undefined);
  return parts.length < 2 ? parts[0] : { [item.join]: parts };
}

/** The group without one of its items, however deep. */
export const without = (group: Group, key: string): Group => ({
  ...group,
  items: group.items
    .filter((item) => item.key !== key)
    .map((item) => (item.kind === 'group' ? without(item, key) : item))
    .filter((item) => item.kind !== 'group' || item.items.length > 0),
});

/** The group with one of its items in another shape, however deep. */
export const replaced = (group: Group, next: Item): Group =>
  next.key === group.key && next.kind === 'group'
    ? next
    : {
        ...group,
        items: group.items.map((item) => (item.key === next.key ? next : item.kind === 'group' ? replaced(item, next) : item)),
      };

/** How many lines a filter has. */
export const countOf = (item: Item): number =>
  item.kind === 'group' ? item.items.reduce((sum, inner) => sum + countOf(inner), 0) : 1;
