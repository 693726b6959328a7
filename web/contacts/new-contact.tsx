import { Button, SimpleGrid, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { call, Problem } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import { recordQuery } from '../queries.ts';
import { RecordPicker } from '../records/picker.tsx';
import type { Contact } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

const known = ['firstName', 'lastName', 'email', 'phone', 'title', 'companyId'];

/** Makes a contact and opens it. An address that somebody has already offers to open them instead. */
export function NewContact({
  companyId = null,
  companyName = null,
  onDone,
}: {
  companyId?: string | null;
  companyName?: string | null;
  onDone(): void;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { firstName: '', lastName: '', email: '', phone: '', title: '', companyId },
    send: (values) => call<Contact>('POST', '/contacts', { body: filled(values) }),
    done: (contact) => {
      client.setQueryData(recordQuery<Contact>('contact', contact.id).queryKey, contact);
      void client.invalidateQueries({ queryKey: ['contacts'] });
      onDone();
      void navigate({ to: '/contacts/$id', params: { id: contact.id } });
    },
  });
  const existing = existingOf(error);
  return (
    <Form onSubmit={onSubmit}>
      <SimpleGrid cols={2} spacing="sm">
        <TextInput label={texts.firstName} data-autofocus {...form.getInputProps('firstName')} />
        <TextInput label={texts.lastName} {...form.getInputProps('lastName')} />
      </SimpleGrid>
      <TextInput label={texts.email} inputMode="email" {...form.getInputProps('email')} />
      <SimpleGrid cols={2} spacing="sm">
        <TextInput label={texts.phone} inputMode="tel" {...form.getInputProps('phone')} />
        <TextInput label={texts.title} {...form.getInputProps('title')} />
      </SimpleGrid>
      <RecordPicker label={texts.company} list="companies" valueName={companyName} {...form.getInputProps('companyId')} />
      <FormError error={error} known={known}>
        {existing === 'hidden' ? (
          <AskForAccess email={form.values.email} />
        ) : existing === null ? undefined : (
          <>
            {texts.exists(existing.name)}{' '}
            <PageLink to="/contacts/$id" params={{ id: existing.id }} onClick={onDone} fw={600}>
              {texts.openExisting(existing.name)}
            </PageLink>
          </>
        )}
      </FormError>
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}

/** Has the owner of a contact that one does not see be asked to share it. */
function AskForAccess({ email }: { email: string }) {
  const ask = useMutation({ mutationFn: () => call<unknown>('POST', '/contacts/access-requests', { body: { email } }) });
  if (ask.isSuccess) return <span role="status">{texts.asked}</span>;
  return (
    <>
      {texts.taken}{' '}
      <Button size="compact-sm" variant="light" loading={ask.isPending} onClick={() => ask.mutate()}>
        {texts.askForAccess}
      </Button>
    </>
  );
}

/** The contact that a 409 names; hidden when it names none. */
function existingOf(error: Error | null): { id: string; name: string } | 'hidden' | null {
  if (!(error instanceof Problem) || error.code !== 'contact_email_taken') return null;
  const { existing } = error.document;
  return typeof existing === 'object' && existing !== null ? (existing as { id: string; name: string }) : 'hidden'; // as `createContact` writes it
}
