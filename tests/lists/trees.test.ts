import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCompany } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

const texts = ['a', 'b', 'Ab', null];
const numbers = [1, 2, 3, null];
const rows = texts.flatMap((industry) => numbers.map((employeeCount) => ({ industry, employeeCount })));

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  for (const row of rows) await aCompany(hub, row);
});
afterAll(() => hub.stop());

type Row = (typeof rows)[number];
type Leaf = Record<string, Record<string, unknown>>;
type Tree = { and: Tree[] } | { or: Tree[] } | { not: Tree } | Leaf;

const someText = fc.constantFrom('a', 'b', 'Ab', 'c');
const someNumber = fc.constantFrom(1, 2, 3, 4);
const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.tuple(fc.constantFrom('eq', 'ne', 'lt', 'gte'), someNumber).map(([op, value]) => ({ employeeCount: { [op]: value } })),
  fc.tuple(fc.constantFrom('in', 'nin'), fc.array(someNumber, { minLength: 1, maxLength: 3 })).map(([op, value]) => ({
    employeeCount: { [op]: value },
  })),
  fc.tuple(fc.constantFrom('eq', 'ne', 'contains', 'startsWith'), someText).map(([op, value]) => ({ industry: { [op]: value } })),
  fc.tuple(fc.constantFrom('industry', 'employeeCount'), fc.boolean()).map(([field, value]) => ({ [field]: { empty: value } })),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
    tie('tree').map((not) => ({ not })),
  ),
}));

function holds(one: Tree, row: Row): boolean {
  if ('and' in one) return (one.and as Tree[]).every((inner) => holds(inner, row));
  if ('or' in one) return (one.or as Tree[]).some((inner) => holds(inner, row));
  if ('not' in one) return !holds(one.not as Tree, row);
  const [[field, condition] = ['', {}]] = Object.entries(one);
  const [[operator, wanted] = ['', null]] = Object.entries(condition);
  return compare(row[field as keyof Row], operator, wanted as never);
}

function compare(value: string | number | null, operator: string, wanted: never): boolean {
  if (operator === 'empty') return (value === null) === wanted;
  if (operator === 'ne') return value !== wanted;
  if (operator === 'nin') return !(wanted as unknown[]).includes(value);
  if (value === null) return false;
  if (operator === 'in') return (wanted as unknown[]).includes(value);
  if (operator === 'contains') return String(value).toLowerCase().includes(String(wanted).toLowerCase());
  if (operator === 'startsWith') return String(value).toLowerCase().startsWith(String(wanted).toLowerCase());
  const [a, b] = [Number(value), Number(wanted)]; // text is only compared for equality here
  return operator === 'eq' ? value === wanted : operator === 'lt' ? a < b : a >= b;
}

const depthOf = (one: Tree): number =>
  'not' in one
    ? 1 + depthOf(one.not as Tree)
    : 'and' in one || 'or' in one
      ? 1 +
        Math.max(
          ...Object.values(one)
            .flat()
            .map((inner) => depthOf(inner as Tree)),
        )
      : 1;

it('finds what a filter tree means, as a plain evaluator understands it', async () => {
  await fc.assert(
    fc.asyncProperty(
      tree.filter((one) => depthOf(one) <= 5),
      async (filter) => {
        const answer = await hub.call('POST', '/companies/search', { body: { filter, limit: 200, count: 'exact' } });
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
        const found = answer.body.data.map((one: Row) => `${one.industry}/${one.employeeCount}`).sort();
        const expected = rows.filter((row) => holds(filter, row)).map((row) => `${row.industry}/${row.employeeCount}`);
        expect(found).toEqual(expected.sort());
        expect(answer.body.count).toBe(expected.length);
      },
    ),
    { numRuns: 150 },
  );
});
