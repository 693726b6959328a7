import { MultiSelect, Select, TagsInput, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { RecordPicker } from '../records/picker.tsx';
import type { Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { localDayOf, startOf } from '../times.ts';
import type { Choice } from './choices.ts';
import { type FilterField, pathOf } from './objects.ts';
import { takesNone, takesSeveral } from './operators.ts';
import { useRecordName } from './record-name.ts';
import { texts } from './texts.ts';

interface ValueInputProps {
  field: FilterField;
  operator: string;
  value: unknown;
  choices: readonly Choice[] | undefined;
  label: string;
  error?: string | undefined;
  onChange(value: unknown): void;
}

/** The input that fits a field and an operator: a date, a number, a choice, a record, or text. */
export function ValueInput(props: ValueInputProps) {
  const { field, operator, value, choices, label, error, onChange } = props;
  if (takesNone(operator)) return null;
  const common = { size: 'xs' as const, 'aria-label': label, error, style: { flex: '1 1 160px', minWidth: 0 } };
  const list = Array.isArray(value) ? value.map(String) : [];
  if (takesSeveral(operator)) {
    return choices === undefined ? (
      <TagsInput {...common} placeholder={texts.several} value={list} onChange={onChange} />
    ) : (
      <MultiSelect
        {...common}
        searchable
        data={unique(choices, list)}
        placeholder={list.length > 0 ? '' : texts.chooseValue}
        value={list}
        onChange={onChange}
      />
    );
  }
  if (field.type === 'boolean') {
    const data = [
      { value: 'true', label: shared.yes },
      { value: 'false', label: shared.no },
    ];
    return (
      <Select
        {...common}
        allowDeselect={false}
        data={data}
        value={String(value)}
        onChange={(next) => onChange(next === 'true')}
      />
    );
  }
  if (field.target === 'contact' || field.target === 'company' || field.target === 'deal')
    return <PickedRecord {...props} noun={field.target} />;
  if (choices !== undefined)
    return <Select {...common} searchable data={[...choices]} value={textOf(value)} onChange={onChange} />;
  if (field.type === 'day' || field.type === 'instant') {
    return (
      <DateInput
        {...common}
        valueFormat="YYYY-MM-DD"
        placeholder="2026-01-31"
        value={localDayOf(textOf(value))}
        onChange={(next) => onChange(next === null || field.type === 'day' ? next : startOf(next))}
      />
    );
  }
  const isNumber = field.type === 'number' || field.type === 'money';
  return (
    <TextInput
      {...common}
      inputMode={isNumber ? 'decimal' : 'text'}
      value={textOf(value) ?? ''}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

const textOf = (value: unknown): string | null =>
  value === null || value === undefined || Array.isArray(value) ? null : String(value);

/** Choices, and what is chosen already though it is none of them any more. */
const unique = (choices: readonly Choice[], chosen: readonly string[]): Choice[] => [
  ...choices,
  ...chosen.filter((one) => !choices.some(({ value }) => value === one)).map((one) => ({ value: one, label: one })),
];

function PickedRecord({ value, label, error, onChange, noun }: ValueInputProps & { noun: Noun }) {
  const id = textOf(value);
  const name = useRecordName(noun, id);
  return (
    <RecordPicker
      size="xs"
      aria-label={label}
      error={error}
      style={{ flex: '1 1 160px', minWidth: 0 }}
      list={pathOf[noun]}
      value={id}
      valueName={name ?? null}
      onChange={onChange}
    />
  );
}
