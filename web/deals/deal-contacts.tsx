import { Button, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { useRights } from '../identity/allowed.ts';
import { RecordPicker } from '../records/picker.tsx';
import { Related } from '../records/related.tsx';
import type { Deal } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts } from './texts.ts';

/** Who has a part in a deal beside its own contact: their roles, a way to add one and to take one away. */
export function DealContacts({ deal }: { deal: Deal }) {
  const client = useQueryClient();
  const { edit } = useRights('deal', deal.id);
  const refresh = () => client.invalidateQueries({ queryKey: ['deal', deal.id] });
  return (
    <Related
      title={texts.people}
      records={deal.contacts.map(({ contactId, name, role }) => ({ id: contactId, name: name || texts.unnamed, role }))}
      none={texts.nobodyElse}
      row={({ id, name, role }) => (
        <>
          <PageLink to="/contacts/$id" params={{ id }} size="sm">
            {name}
          </PageLink>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {role}
          </Text>
        </>
      )}
      remove={{
        label: ({ name }) => texts.removePerson(name),
        run: ({ id }) => call<void>('DELETE', `/deals/${deal.id}/contacts/${id}`).finally(refresh),
      }}
      mayChange={edit}
      addLabel={texts.addPerson}
      form={(done) => <AddContact deal={deal} onAdded={() => refresh().then(done)} />}
    />
  );
}

const known = ['contactId', 'role'];

function AddContact({ deal, onAdded }: { deal: Deal; onAdded(): Promise<void> }) {
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { contactId: null as string | null, role: '' },
    send: ({ contactId, role }) => call<Deal>('PUT', `/deals/${deal.id}/contacts/${contactId}`, { body: { role } }),
    done: onAdded,
  });
  return (
    <Form onSubmit={onSubmit}>
      <RecordPicker list="contacts" label={texts.person} required data-autofocus {...form.getInputProps('contactId')} />
      <TextInput
        label={texts.role}
        placeholder={texts.rolePlaceholder}
        required
        maxLength={100}
        {...form.getInputProps('role')}
      />
      <FormError error={error} known={known} />
      <Button type="submit" loading={pending}>
        {texts.addPerson}
      </Button>
    </Form>
  );
}
