import { ActionIcon, Group, NativeSelect, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ChoicesOf } from './choices.ts';
import type { Condition } from './conditions.ts';
import { type FilterField, labelOf } from './objects.ts';
import { operatorLabel, operatorsOf, takesSeveral } from './operators.ts';
import { texts } from './texts.ts';
import { ValueInput } from './value-input.tsx';

interface ConditionRowProps {
  condition: Condition;
  fields: readonly FilterField[];
  choicesOf: ChoicesOf;
  error?: string | undefined;
  onChange(next: Condition): void;
  onRemove(): void;
}

/** One line: field, operator, and the input that fits both. */
export function ConditionRow({ condition, fields, choicesOf, error, onChange, onRemove }: ConditionRowProps) {
  const field = fields.find(({ path }) => path === condition.field);
  const choices = field && choicesOf(field.of, field);
  const offered = field === undefined ? [] : operatorsOf(field, choices !== undefined);
  // A view may use an operator that the builder does not offer for the field.
  const operators = offered.includes(condition.operator) || field === undefined ? offered : [condition.operator, ...offered];
  const take = (path: string | null) => {
    const next = fields.find((one) => one.path === path);
    if (next !== undefined) onChange({ ...condition, field: next.path, ...freshFor(next, choicesOf) });
  };
  const turn = (operator: string) => {
    const keep = takesSeveral(operator) === takesSeveral(condition.operator);
    onChange({ ...condition, operator, value: keep ? condition.value : takesSeveral(operator) ? [] : '' });
  };
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Group gap={6} flex={1} miw={0} align="flex-start">
        <Select
          size="xs"
          aria-label={texts.field}
          placeholder={texts.chooseField}
          style={{ flex: '1 1 150px', minWidth: 0 }}
          searchable
          allowDeselect={false}
          data={groupedFields(fields, condition.field)}
          value={condition.field === '' ? null : condition.field}
          onChange={take}
          nothingFoundMessage={texts.noFields}
          maxDropdownHeight={300}
        />
        {field === undefined ? null : (
          <>
            <NativeSelect
              size="xs"
              aria-label={texts.operator}
              style={{ flex: '0 1 130px', minWidth: 0 }}
              data={operators.map((operator) => ({ value: operator, label: operatorLabel(field, operator) }))}
              value={condition.operator}
              onChange={(event) => turn(event.currentTarget.value)}
            />
            <ValueInput
              field={field}
              operator={condition.operator}
              value={condition.value}
              choices={choices}
              label={`${texts.value}: ${labelOf(field.of, field)}`}
              error={error}
              onChange={(value) => onChange({ ...condition, value })}
            />
          </>
        )}
      </Group>
      <ActionIcon size={30} aria-label={texts.removeCondition} onClick={onRemove}>
        <IconX size={15} />
      </ActionIcon>
    </Group>
  );
}

/** The first operator of a field and a value to begin with. */
function freshFor(field: FilterField, choicesOf: ChoicesOf): Pick<Condition, 'operator' | 'value'> {
  const [operator = 'eq'] = operatorsOf(field, choicesOf(field.of, field) !== undefined);
  return { operator, value: takesSeveral(operator) ? [] : field.type === 'boolean' ? true : '' };
}

/** Own fields, custom ones, and those of each related record under their own headings. */
function groupedFields(fields: readonly FilterField[], chosen: string) {
  const headingOf = ({ through, of, name }: FilterField) =>
    through !== null
      ? (texts.objects[through] ?? through)
      : name.startsWith('customFields.')
        ? texts.custom
        : (texts.objects[of] ?? of);
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const field of fields) {
    const heading = headingOf(field);
    const label = field.through === null ? labelOf(field.of, field) : `${heading}: ${labelOf(field.of, field)}`;
    groups.set(heading, [...(groups.get(heading) ?? []), { value: field.path, label }]);
  }
  const known = chosen === '' || fields.some(({ path }) => path === chosen);
  const unknown = known ? [] : [{ group: texts.field, items: [{ value: chosen, label: chosen }] }];
  return [...unknown, ...[...groups].map(([group, items]) => ({ group, items }))];
}
