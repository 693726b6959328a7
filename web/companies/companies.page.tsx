import { Button, Modal, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBuilding, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { call } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import { RecordListPage } from '../records/list-page.tsx';
import type { Column } from '../records/table.tsx';
import type { Company } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

const dim = (text: string | null) => (
  <Text span c="dimmed" size="sm">
    {text}
  </Text>
);

const columns: Column<Company>[] = [
  {
    key: 'name',
    label: texts.name,
    grow: 1.4,
    cell: ({ id, name }) => (
      <Link to="/companies/$id" params={{ id }} className="plain-link">
        <Text span fw={550} size="sm">
          {name}
        </Text>
      </Link>
    ),
  },
  { key: 'domain', label: texts.domain, grow: 1.2, cell: ({ domain }) => dim(domain) },
  { key: 'industry', label: texts.industry, from: 'middling', cell: ({ industry }) => dim(industry) },
  { key: 'city', label: texts.city, from: 'middling', cell: ({ city }) => dim(city) },
  { key: 'phone', label: texts.phone, from: 'wide', cell: ({ phone }) => dim(phone) },
];

/** All companies: search, endless scroll, make one. */
export function CompaniesPage() {
  const { q } = useSearch({ from: '/inside/companies' });
  const [opened, dialog] = useDisclosure();
  return (
    <RecordListPage
      title={shared.companies}
      list="companies"
      q={q}
      columns={columns}
      searchLabel={texts.search}
      newLabel={texts.newCompany}
      onNew={dialog.open}
      empty={(searching) =>
        searching ? (
          <Empty icon={IconSearch} title={texts.noneFoundTitle}>
            {texts.noneFound}
          </Empty>
        ) : (
          <Empty icon={IconBuilding} title={texts.emptyTitle} action={<Button onClick={dialog.open}>{texts.newCompany}</Button>}>
            {texts.empty}
          </Empty>
        )
      }
    >
      <Modal opened={opened} onClose={dialog.close} title={texts.newCompany} closeButtonProps={{ 'aria-label': shared.close }}>
        <NewCompany onDone={dialog.close} />
      </Modal>
    </RecordListPage>
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
