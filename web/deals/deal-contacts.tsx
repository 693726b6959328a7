import { ActionIcon, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { RecordPicker } from '../records/picker.tsx';
import type { Deal } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

/** Who has a part in a deal beside its own contact: their roles, a way to add one and to take one away. */
export function DealContacts({ deal }: { deal: Deal }) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['deal', deal.id] });
  const remove = useMutation({
    mutationFn: (contactId: string) => call<void>('DELETE', `/deals/${deal.id}/contacts/${contactId}`),
    onError: (error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) }),
    onSettled: refresh,
  });
  return (
    <Stack gap={4} mt="md" px={8} component="section" aria-label={texts.people}>
      <Title order={2} fz="sm">
        {texts.people}
      </Title>
      {deal.contacts.map(({ contactId, name, role }) => (
        <Group key={contactId} gap={6} wrap="nowrap" justify="space-between">
          <div style={{ minWidth: 0 }}>
            <PageLink to="/contacts/$id" params={{ id: contactId }} size="sm">
              {name || texts.unnamed}
            </PageLink>
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {role}
            </Text>
          </div>
          <ActionIcon
            size="sm"
            aria-label={texts.removePerson(name || texts.unnamed)}
            loading={remove.isPending && remove.variables === contactId}
            onClick={() => remove.mutate(contactId)}
          >
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
      <AddContact deal={deal} onAdded={refresh} />
    </Stack>
  );
}

const known = ['contactId', 'role'];

function AddContact({ deal, onAdded }: { deal: Deal; onAdded(): Promise<void> }) {
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { contactId: null as string | null, role: '' },
    send: ({ contactId, role }) => call<Deal>('PUT', `/deals/${deal.id}/contacts/${contactId}`, { body: { role } }),
    done: () => {
      form.reset();
      void onAdded();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <Group gap="xs" align="flex-start" grow>
        <RecordPicker
          size="xs"
          list="contacts"
          aria-label={texts.person}
          placeholder={texts.person}
          required
          {...form.getInputProps('contactId')}
        />
        <TextInput
          size="xs"
          aria-label={texts.role}
          placeholder={texts.rolePlaceholder}
          required
          maxLength={100}
          {...form.getInputProps('role')}
        />
      </Group>
      <FormError error={error} known={known} />
      <Button type="submit" size="compact-sm" variant="default" loading={pending} style={{ alignSelf: 'flex-start' }}>
        {texts.addPerson}
      </Button>
    </Form>
  );
}
