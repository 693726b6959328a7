import { NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import type { KeyboardEvent } from 'react';
import { RecordPicker } from './picker.tsx';

/** How a field is edited. A list of choices is a select; `contacts` and `companies` pick a record. */
export type FieldKind =
  | 'text'
  | 'money'
  | 'percent'
  | 'day'
  | 'long'
  | 'contacts'
  | 'companies'
  | readonly { value: string; label: string }[];

interface FieldInputProps {
  label: string;
  kind: FieldKind;
  value: unknown;
  valueName: string | null;
  error: string | undefined;
  onChange(value: unknown): void;
  /** `focus` is whether the focus is to go back to the field. */
  onCommit(value: unknown, focus?: boolean): void;
  onCancel(): void;
}

/** The input of a field in edit. */
export function FieldInput({ label, kind, value, valueName, error, onChange, onCommit, onCancel }: FieldInputProps) {
  const text = value === null || value === undefined ? '' : String(value);
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onCancel();
    if (event.key === 'Enter' && kind !== 'long') onCommit(value);
  };
  const common = { size: 'sm' as const, 'aria-label': label, error, autoFocus: true, onKeyDown: keys };
  const leave = { onBlur: () => onCommit(value, false) };
  if (typeof kind !== 'string') {
    return (
      <Select
        {...common}
        searchable
        clearable
        data={kind}
        value={text || null}
        onChange={(next) => onCommit(next)}
        onBlur={onCancel}
        defaultDropdownOpened
      />
    );
  }
  if (kind === 'contacts' || kind === 'companies') {
    return (
      <RecordPicker
        {...common}
        list={kind}
        value={text || null}
        valueName={valueName}
        onChange={(next) => onCommit(next)}
        onBlur={onCancel}
      />
    );
  }
  if (kind === 'day') {
    return (
      <DateInput
        {...common}
        valueFormat="YYYY-MM-DD"
        clearable
        value={text || null}
        onChange={(next) => onCommit(next)}
        popoverProps={{ withinPortal: true }}
      />
    );
  }
  if (kind === 'percent')
    return (
      <NumberInput
        {...common}
        {...leave}
        min={0}
        max={100}
        suffix=" %"
        value={text}
        onChange={(next) => onChange(next === '' ? null : Number(next))}
      />
    );
  if (kind === 'long')
    return <Textarea {...common} {...leave} autosize value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <TextInput
      {...common}
      {...leave}
      inputMode={kind === 'money' ? 'decimal' : undefined}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
