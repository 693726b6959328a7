import { Badge, Button, Group, Modal, Table, Text, Title } from '@mantine/core';
import { IconLogin2, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Page as ListPage } from '../api.ts';
import { FormError } from '../form.tsx';
import type { IdentityProvider } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { ProviderForm } from './provider-form.tsx';
import { texts } from './sign-in.texts.ts';

type Open = { form: IdentityProvider | null } | { remove: IdentityProvider } | null;

/** The providers that people may sign in with. */
export function Providers() {
  const { data } = useQuery({
    queryKey: ['identity-providers'],
    queryFn: ({ signal }) => call<ListPage<IdentityProvider>>('GET', '/identity-providers', { signal }),
  });
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const providers = data?.data ?? [];
  const add = (
    <Button size="xs" variant="default" leftSection={<IconPlus size={16} />} onClick={() => setOpen({ form: null })}>
      {texts.newProvider}
    </Button>
  );
  return (
    <section aria-label={texts.providers}>
      <Group justify="space-between" mt="lg" mb="xs">
        <div>
          <Title order={2} fz="md">
            {texts.providers}
          </Title>
          <Text size="sm" c="dimmed">
            {texts.providersText}
          </Text>
        </div>
        {add}
      </Group>
      <div className="panel">
        {providers.length === 0 ? (
          <Empty icon={IconLogin2} title={texts.noProvidersTitle}>
            {texts.noProviders}
          </Empty>
        ) : (
          <ProviderTable providers={providers} onOpen={setOpen} />
        )}
      </div>
      <Modal
        size="lg"
        opened={open !== null && 'form' in open}
        onClose={close}
        title={open !== null && 'form' in open && open.form !== null ? texts.editProvider(open.form.name) : texts.newProvider}
      >
        {open !== null && 'form' in open ? <ProviderForm provider={open.form} onDone={close} /> : null}
      </Modal>
      <DeleteDialog provider={open !== null && 'remove' in open ? open.remove : null} onClose={close} />
    </section>
  );
}

function ProviderTable({ providers, onOpen }: { providers: readonly IdentityProvider[]; onOpen(open: Open): void }) {
  return (
    <Table verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.name}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.issuer}</Table.Th>
          <Table.Th aria-label={texts.edit} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {providers.map((provider) => (
          <Table.Tr key={provider.id}>
            <Table.Td>
              {provider.name} {provider.enabled ? null : <Badge variant="default">{texts.off}</Badge>}
            </Table.Td>
            <Table.Td visibleFrom="sm" style={{ overflowWrap: 'anywhere' }}>
              {provider.issuer}
            </Table.Td>
            <Table.Td ta="right">
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                aria-label={texts.editProvider(provider.name)}
                onClick={() => onOpen({ form: provider })}
              >
                {texts.edit}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                aria-label={texts.deleteProvider(provider.name)}
                onClick={() => onOpen({ remove: provider })}
              >
                {texts.remove_}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function DeleteDialog({ provider, onClose }: { provider: IdentityProvider | null; onClose(): void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => call<void>('DELETE', `/identity-providers/${id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['identity-providers'] });
      onClose();
    },
  });
  const name = provider?.name ?? '';
  return (
    <Modal opened={provider !== null} onClose={onClose} title={texts.deleteProvider(name)}>
      <Text mb="md">{texts.deleteSure(name)}</Text>
      <FormError error={remove.error} />
      <Button
        color="red"
        loading={remove.isPending}
        onClick={() => provider !== null && remove.mutate(provider.id)}
        data-autofocus
      >
        {texts.remove_}
      </Button>
    </Modal>
  );
}
