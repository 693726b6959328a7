import type { FilterField } from './objects.ts';
import { texts } from './texts.ts';

/** Operators that the builder offers by what the field holds; the first is taken for a new line. */
const offered: Record<string, readonly string[]> = {
  text: ['contains', 'eq', 'ne', 'startsWith', 'in', 'nin', 'empty', 'filled'],
  chosen: ['in', 'nin', 'empty', 'filled'],
  number: ['gte', 'lte', 'gt', 'lt', 'eq', 'ne', 'empty', 'filled'],
  money: ['gte', 'lte', 'gt', 'lt', 'eq', 'ne', 'empty', 'filled'],
  instant: ['gte', 'lt', 'empty', 'filled'],
  day: ['gte', 'lte', 'eq', 'empty', 'filled'],
  boolean: ['eq'],
  id: ['eq', 'ne', 'empty', 'filled'],
  user: ['in', 'nin', 'empty', 'filled'],
  ids: ['in', 'nin', 'empty', 'filled'],
  choices: ['in', 'nin', 'empty', 'filled'],
};

/** What a field may be asked, one that holds one of a few choices otherwise than free text. */
export function operatorsOf({ type, operators }: FilterField, isChosen: boolean): readonly string[] {
  const wanted = offered[isChosen && (type === 'text' || type === 'id') ? 'chosen' : type] ?? ['eq'];
  return wanted.filter((operator) => operators.includes(operator === 'filled' ? 'empty' : operator));
}

/** An operator in words, as they fit the field. */
export function operatorLabel({ type }: Pick<FilterField, 'type'>, operator: string): string {
  const special =
    type === 'instant' || type === 'day' ? texts.dayOperators : type === 'ids' || type === 'choices' ? texts.memberOperators : {};
  return special[operator] ?? texts.operators[operator] ?? operator;
}

/** Whether an operator takes several values, and whether it takes one at all. */
export const takesSeveral = (operator: string): boolean => operator === 'in' || operator === 'nin';
export const takesNone = (operator: string): boolean => operator === 'empty' || operator === 'filled';
