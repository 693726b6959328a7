import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { usersQuery } from '../queries.ts';
import { Field } from '../records/field.tsx';
import type { FieldKind } from '../records/field-input.tsx';
import type { Versioned } from '../records/save-field.ts';
import type { CustomField, Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { dayOf, momentOf } from '../times.ts';
import { fieldsQuery } from './fields.ts';
import { texts } from './texts.ts';

interface CustomValuesProps {
  noun: Noun;
  record: Versioned & { customFields: Record<string, unknown> };
}

/** The custom fields of a record, edited in place like its own; those that take several choices are shown alone. */
export function CustomValues({ noun, record }: CustomValuesProps) {
  const { data } = useQuery(fieldsQuery(noun));
  const { data: users } = useQuery(usersQuery);
  const people = (users?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  if (data === undefined || data.data.length === 0) return null;
  return (
    <section aria-label={texts.title}>
      <Text size="xs" fw={600} c="dimmed" mt="sm" px={8}>
        {texts.heading}
      </Text>
      {data.data.map((field) => (
        <Field
          key={field.id}
          noun={noun}
          record={{ ...record, ...record.customFields }}
          field={field.name}
          path="customFields"
          label={field.label}
          kind={kindOf(field, people)}
          read={(draft) => readOf(field, draft)}
          shown={shownOf(field, record.customFields[field.name], people)}
        />
      ))}
    </section>
  );
}

type Choices = { value: string; label: string }[];

function kindOf({ type, options }: CustomField, people: Choices): FieldKind {
  switch (type) {
    case 'select':
      return [...options];
    case 'boolean':
      return [
        { value: 'true', label: shared.yes },
        { value: 'false', label: shared.no },
      ];
    case 'user':
      return people;
    case 'date':
      return 'day';
    case 'longText':
      return 'long';
    default:
      return 'text';
  }
}

/** Inputs hold text; numbers and yes or no are more than that. What is no number is left to the hub to refuse. */
function readOf({ type }: CustomField, draft: unknown): unknown {
  if (type === 'boolean') return draft === 'true' || draft === true;
  if (type !== 'number') return draft;
  const number = Number(draft);
  return Number.isFinite(number) ? number : draft;
}

function shownOf({ type, options }: CustomField, value: unknown, people: Choices): string | undefined {
  if (value === null || value === undefined) return undefined;
  const labelOf = (one: unknown) => options.find((option) => option.value === one)?.label ?? String(one);
  if (Array.isArray(value)) return value.map(labelOf).join(', ');
  switch (type) {
    case 'boolean':
      return value === true ? shared.yes : shared.no;
    case 'date':
      return dayOf(String(value));
    case 'datetime':
      return momentOf(String(value));
    case 'user':
      return people.find((one) => one.value === value)?.label ?? String(value);
    default:
      return labelOf(value);
  }
}
