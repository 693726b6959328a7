import { Button, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { useRights } from '../identity/allowed.ts';
import { RecordPicker } from '../records/picker.tsx';
import { Related } from '../records/related.tsx';
import type { Contact, ContactCompany } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts as shared } from '../texts.ts';
import { roleText } from './role-text.ts';
import { texts } from './texts.ts';

/** The companies of a contact beside its own, former ones too, with what they are or were there; a way to add one and to take one off. */
export function ContactCompanies({ contact: { id, companyId } }: { contact: Contact }) {
  const client = useQueryClient();
  const { edit } = useRights('contact', id);
  const refresh = () => client.invalidateQueries({ queryKey: ['contact', id] });
  const { data } = useQuery({
    queryKey: ['contact', id, 'companies', companyId],
    queryFn: ({ signal }) => call<Page<ContactCompany>>('GET', `/contacts/${id}/companies`, { signal }),
  });
  const shown = data?.data
    .map((one) => ({ id: one.companyId, name: one.name, primary: one.primary, role: roleText(one) }))
    .filter(({ primary, role }) => !primary || role !== '');
  return (
    <Related
      title={texts.companies}
      records={shown}
      none={texts.noCompanies}
      row={(one) => (
        <>
          <PageLink to="/companies/$id" params={{ id: one.id }} size="sm">
            {one.name ?? shared.companies}
          </PageLink>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {one.role}
          </Text>
        </>
      )}
      remove={{
        label: ({ name }) => texts.removeCompany(name ?? ''),
        run: (one) => call<void>('DELETE', `/contacts/${id}/companies/${one.id}`).finally(refresh),
      }}
      mayChange={edit}
      addLabel={texts.addCompany}
      form={(done) => <AddCompany contactId={id} onAdded={() => refresh().then(done)} />}
    />
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
    done: onAdded,
  });
  return (
    <Form onSubmit={onSubmit}>
      <RecordPicker list="companies" label={texts.company} required data-autofocus {...form.getInputProps('companyId')} />
      <TextInput label={texts.role} placeholder={texts.rolePlaceholder} maxLength={200} {...form.getInputProps('role')} />
      <SimpleGrid cols={2} spacing="sm">
        <TextInput type="date" label={texts.from} {...form.getInputProps('from')} />
        <TextInput type="date" label={texts.until} {...form.getInputProps('until')} />
      </SimpleGrid>
      <FormError error={error} known={known} />
      <Button type="submit" loading={pending}>
        {texts.addCompany}
      </Button>
    </Form>
  );
}
