import { Button, Checkbox, Input, MultiSelect, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError } from '../form.tsx';
import { useFieldRules } from '../identity/allowed.ts';
import { useChoices } from '../lists/choices.ts';
import type { Tree } from '../lists/conditions.ts';
import { type FilterField, type Listed, labelOf, objectsQuery } from '../lists/objects.ts';
import { ValueInput } from '../lists/value-input.tsx';
import type { BulkEdit } from '../records.ts';
import { tagsQuery } from '../tags/tags.ts';
import { bulkFields, patchOf } from './fields.ts';
import { texts } from './texts.ts';

interface BulkFormProps {
  object: Listed;
  chosen: { ids: string[] } | { filter: Tree };
  onBegun(edit: BulkEdit): void;
}

const tagDeeds = { addTagIds: texts.addTags, removeTagIds: texts.removeTags };
const isTagDeed = (name: string | null): name is keyof typeof tagDeeds => name !== null && Object.hasOwn(tagDeeds, name);

/** Asks what to change on the chosen records, and begins it. */
export function BulkForm({ object, chosen, onBegun }: BulkFormProps) {
  const { data: objects } = useQuery(objectsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const fields = bulkFields(objects?.data ?? [], object, useFieldRules(object));
  const [name, setName] = useState<string | null>(null);
  const [value, setValue] = useState<unknown>(null);
  const [empties, setEmpties] = useState(false);
  const field = fields.find((one) => one.name === name);
  const begin = useMutation({
    mutationFn: () => {
      const change = isTagDeed(name)
        ? { [name]: value }
        : { patch: field === undefined ? {} : patchOf(field, empties ? null : value) };
      return call<BulkEdit>('POST', '/bulk-edits', { body: { object, ...chosen, ...change } });
    },
    onSuccess: onBegun,
  });
  const choose = (next: string | null) => {
    setName(next);
    setValue(fields.find((one) => one.name === next)?.type === 'boolean' ? true : null);
    setEmpties(false);
    begin.reset();
  };
  const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
  const options = [
    ...fields.map((one) => ({ value: one.name, label: labelOf(object, one) })),
    ...(object === 'activity' ? [] : Object.entries(tagDeeds).map(([deed, label]) => ({ value: deed, label }))),
  ];
  return (
    <Form
      onSubmit={(event) => {
        event?.preventDefault();
        begin.mutate();
      }}
    >
      <Select label={texts.field} required searchable data-autofocus data={options} value={name} onChange={choose} />
      {isTagDeed(name) ? (
        <MultiSelect
          label={tagDeeds[name]}
          searchable
          data={(tags?.data ?? []).map(({ id, name: label }) => ({ value: id, label }))}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={setValue}
        />
      ) : null}
      {field === undefined ? null : (
        <NewValue field={field} value={value} onChange={setValue} empties={empties} onEmpties={setEmpties} />
      )}
      <Text size="xs" c="dimmed">
        {texts.hint}
      </Text>
      <FormError error={begin.error} />
      <Button type="submit" loading={begin.isPending} disabled={name === null || (isEmpty && !empties)}>
        {texts.begin}
      </Button>
    </Form>
  );
}

interface NewValueProps {
  field: FilterField;
  value: unknown;
  onChange(value: unknown): void;
  empties: boolean;
  onEmpties(empties: boolean): void;
}

function NewValue({ field, value, onChange, empties, onEmpties }: NewValueProps) {
  // The caller is `me` to a filter, and nobody to a record.
  const choices = useChoices()(field.of, field)?.filter((choice) => choice.value !== 'me');
  return (
    <Stack gap={6}>
      {empties ? null : (
        <Input.Wrapper label={texts.value} labelElement="div">
          <ValueInput
            field={field}
            operator={field.type === 'choices' ? 'in' : 'eq'}
            value={value}
            choices={choices}
            label={texts.value}
            onChange={onChange}
          />
        </Input.Wrapper>
      )}
      <Checkbox label={texts.emptyIt} checked={empties} onChange={(event) => onEmpties(event.currentTarget.checked)} />
    </Stack>
  );
}
