import { ActionIcon, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf, type Page } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { RecordPicker } from '../records/picker.tsx';
import type { Contact, ContactCompany } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts as shared } from '../texts.ts';
import { roleText } from './role-text.ts';
import { texts } from './texts.ts';

/** The companies of a contact beside its own, former ones too, with what they are or were there; a way to add one and to take one off. */
export function ContactCompanies({ contact: { id, companyId } }: { contact: Contact }) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['contact', id] });
  const { data } = useQuery({
    queryKey: ['contact', id, 'companies', companyId],
    queryFn: ({ signal }) => call<Page<ContactCompany>>('GET', `/contacts/${id}/companies`, { signal }),
  });
  const remove = useMutation({
    mutationFn: (company: string) => call<void>('DELETE', `/contacts/${id}/companies/${company}`),
    onError: (error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) }),
    onSettled: refresh,
  });
  const shown = (data?.data ?? []).filter((one) => !one.primary || roleText(one) !== '');
  return (
    <Stack gap={4} mt="md" px={8} component="section" aria-label={texts.companies}>
      <Title order={2} fz="sm">
        {texts.companies}
      </Title>
      {data !== undefined && shown.length === 0 ? <Text c="dimmed">{texts.noCompanies}</Text> : null}
      {shown.map((one) => (
        <Group key={one.companyId} gap={6} wrap="nowrap" justify="space-between">
          <div style={{ minWidth: 0 }}>
            <PageLink to="/companies/$id" params={{ id: one.companyId }} size="sm">
              {one.name ?? shared.companies}
            </PageLink>
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {roleText(one)}
            </Text>
          </div>
          <ActionIcon
            size="sm"
            aria-label={texts.removeCompany(one.name ?? '')}
            loading={remove.isPending && remove.variables === one.companyId}
            onClick={() => remove.mutate(one.companyId)}
          >
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
      <AddCompany contactId={id} onAdded={refresh} />
    </Stack>
  );
}

const known = ['companyId', 'role', 'from', 'until'];

function AddCompany({ contactId, onAdded }: { contactId: string; onAdded(): Promise<void> }) {
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { companyId: null as string | null, role: '', from: '', until: '' },
    send: ({ companyId, role, from, until }) =>
      call<Contact>('PUT', `/contacts/${contactId}/companies/${companyId}`, {
        body: { role, from: from || null, until: until || null },
      }),
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
          list="companies"
          aria-label={texts.addCompany}
          placeholder={texts.company}
          required
          {...form.getInputProps('companyId')}
        />
        <TextInput
          size="xs"
          aria-label={texts.role}
          placeholder={texts.rolePlaceholder}
          maxLength={200}
          {...form.getInputProps('role')}
        />
      </Group>
      <Group gap="xs" align="flex-start" grow>
        <TextInput size="xs" type="date" aria-label={texts.from} {...form.getInputProps('from')} />
        <TextInput size="xs" type="date" aria-label={texts.until} {...form.getInputProps('until')} />
      </Group>
      <FormError error={error} known={known} />
      <Button type="submit" size="compact-sm" variant="default" loading={pending} style={{ alignSelf: 'flex-start' }}>
        {texts.addCompany}
      </Button>
    </Form>
  );
}
