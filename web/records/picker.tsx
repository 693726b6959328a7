import { Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Page } from '../api.ts';
import { texts } from '../texts.ts';

interface RecordPickerProps extends Omit<SelectProps, 'data' | 'value' | 'onChange'> {
  list: 'contacts' | 'companies' | 'deals';
  value?: string | null;
  /** Name of the picked record, shown before the list was read. */
  valueName?: string | null;
  onChange?(id: string | null): void;
}

/** Picks a record by its words. */
export function RecordPicker({ list, value = null, valueName, onChange, ...input }: RecordPickerProps) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed === valueName ? '' : typed.trim(), 120);
  const { data } = useQuery({
    queryKey: [list, 'picker', q],
    queryFn: ({ signal }) => call<Page<{ id: string; name: string }>>('GET', `/${list}`, { query: { q, limit: 20 }, signal }),
    placeholderData: keepPreviousData,
  });
  const options = (data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const known = value === null || options.some((option) => option.value === value) || !valueName;
  return (
    <Select
      {...input}
      searchable
      clearable
      data={known ? options : [{ value, label: valueName }, ...options]}
      filter={({ options: all }) => all}
      value={value}
      {...(onChange ? { onChange } : {})}
      onSearchChange={setTyped}
      nothingFoundMessage={texts.nothingFound}
    />
  );
}
