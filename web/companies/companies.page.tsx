import { Button, TextInput } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { call } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
import type { Company } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

const columns: ColumnChoice[] = [
  { name: 'name', grow: 1.4 },
  { name: 'domain', grow: 1.2 },
  { name: 'industry', from: 'middling' },
  { name: 'city', from: 'middling' },
  { name: 'phone', from: 'wide' },
  { name: 'tagIds', from: 'wide' },
  { name: 'ownerId', from: 'wide' },
];

/** All companies: views, search, filter, endless scroll, make one. */
export function CompaniesPage() {
  return (
    <RecordList
      object="company"
      title={shared.companies}
      allLabel={texts.all}
      columns={columns}
      sort="name"
      searchLabel={texts.search}
      create={{ label: texts.newCompany, form: (done) => <NewCompany onDone={done} /> }}
      empty={{ icon: IconBuilding, title: texts.emptyTitle, text: texts.empty }}
    />
  );
}

function NewCompany({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', domain: '', industry: '', website: '' },
    send: (values) => call<Company>('POST', '/companies', { body: filled(values) }),
    done: ({ id }) => {
      void client.invalidateQueries({ queryKey: ['companies'] });
      onDone();
      void navigate({ to: '/companies/$id', params: { id } });
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} required data-autofocus {...form.getInputProps('name')} />
      <TextInput label={texts.domain} placeholder="example.com" {...form.getInputProps('domain')} />
      <TextInput label={texts.industry} {...form.getInputProps('industry')} />
      <TextInput label={texts.website} {...form.getInputProps('website')} />
      <FormError error={error} known={['name', 'domain', 'industry', 'website']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
