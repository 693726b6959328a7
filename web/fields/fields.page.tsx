import { Badge, Button, Checkbox, Modal, Select, Switch, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconForms } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { CustomField } from '../records.ts';
import { ListPanel, NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { fieldsQuery } from './fields.ts';
import { texts } from './texts.ts';

const choices = (names: Record<string, string>) => Object.entries(names).map(([value, label]) => ({ value, label }));

/** Custom fields: made, archived and brought back here; filled on the records' pages. */
export function FieldsPage() {
  const [archived, { toggle }] = useDisclosure();
  const { data, error } = useQuery(fieldsQuery(undefined, archived));
  const [opened, dialog] = useDisclosure();
  const tools = (
    <>
      <Switch size="sm" label={texts.showArchived} checked={archived} onChange={toggle} />
      <NewButton label={texts.newField} onClick={dialog.open} />
    </>
  );
  return (
    <Page title={texts.title} tools={tools}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.text}
      </Text>
      <ListPanel items={data?.data} error={error} icon={IconForms} emptyTitle={texts.noneTitle} empty={texts.none}>
        {(fields) => <FieldTable fields={fields} />}
      </ListPanel>
      <Modal opened={opened} onClose={dialog.close} title={texts.newField}>
        <NewField onDone={dialog.close} />
      </Modal>
    </Page>
  );
}

function FieldTable({ fields }: { fields: readonly CustomField[] }) {
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.label}</Table.Th>
            <Table.Th>{texts.object}</Table.Th>
            <Table.Th>{texts.type}</Table.Th>
            <Table.Th aria-label={texts.archive} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((field) => (
            <Table.Tr key={field.id}>
              <Table.Td>
                <Text size="sm">{field.label}</Text>
                <Text size="xs" c="dimmed">
                  {[field.name, noteOf(field)].filter(Boolean).join(' · ')}
                </Text>
              </Table.Td>
              <Table.Td>{texts.objects[field.object]}</Table.Td>
              <Table.Td>
                <Badge variant="default">{texts.types[field.type]}</Badge>
              </Table.Td>
              <Table.Td ta="right">
                <ArchiveButton field={field} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function noteOf({ archivedAt, indexState, indexError }: CustomField): string | null {
  if (archivedAt !== null) return texts.archived;
  if (indexState === 'building') return texts.building;
  return indexState === 'failed' ? (indexError ?? texts.failed) : null;
}

function ArchiveButton({ field }: { field: CustomField }) {
  const client = useQueryClient();
  const isArchived = field.archivedAt !== null;
  const change = useMutation({
    mutationFn: () =>
      isArchived
        ? call<unknown>('POST', `/custom-fields/${field.id}/restore`)
        : call<unknown>('DELETE', `/custom-fields/${field.id}`, { version: field.version }),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['custom-fields'] }),
  });
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      loading={change.isPending}
      onClick={() => change.mutate()}
      aria-label={isArchived ? `${texts.restore}: ${field.label}` : texts.archiveField(field.label)}
    >
      {isArchived ? texts.restore : texts.archive}
    </Button>
  );
}

const initial = {
  object: 'contact',
  label: '',
  name: '',
  type: 'text',
  options: [] as string[],
  required: false,
  unique: false,
  indexed: false,
};

function NewField({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial,
    send: ({ options, ...values }) => {
      const chooses = values.type === 'select' || values.type === 'multiselect';
      const listed = chooses ? { options: options.map((value) => ({ value, label: value })) } : {};
      return call<CustomField>('POST', '/custom-fields', { body: { ...values, ...listed } });
    },
    done: () => {
      void client.invalidateQueries({ queryKey: ['custom-fields'] });
      onDone();
    },
  });
  const { type } = form.values;
  return (
    <Form onSubmit={onSubmit}>
      <Select label={texts.object} data={choices(texts.objects)} allowDeselect={false} {...form.getInputProps('object')} />
      <TextInput label={texts.label} required data-autofocus {...form.getInputProps('label')} />
      <TextInput label={texts.name} required placeholder="taxNumber" {...form.getInputProps('name')} />
      <Select
        label={texts.type}
        data={choices(texts.types).filter(({ value }) => value !== 'record')}
        allowDeselect={false}
        {...form.getInputProps('type')}
      />
      {type === 'select' || type === 'multiselect' ? (
        <TagsInput label={texts.options} description={texts.optionsHint} {...form.getInputProps('options')} />
      ) : null}
      <Checkbox label={texts.required} {...form.getInputProps('required', { type: 'checkbox' })} />
      <Checkbox label={texts.unique} {...form.getInputProps('unique', { type: 'checkbox' })} />
      <Checkbox label={texts.indexed} {...form.getInputProps('indexed', { type: 'checkbox' })} />
      <FormError error={error} known={['label', 'name', 'type', 'options']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
