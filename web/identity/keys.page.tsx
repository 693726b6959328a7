import { Alert, Badge, Button, Modal, Select, Skeleton, Table, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Page as ListPage, Problem } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { ApiKey, NewApiKey } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { Empty } from '../shell/empty.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { agoOf } from '../times.ts';
import { texts } from './texts.ts';

const roles = [
  { value: 'rep', label: texts.rep },
  { value: 'admin', label: texts.admin },
];

/** Keys of programs: make one, see when it was used, revoke it. */
export function KeysPage() {
  const { data, error } = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => call<ListPage<ApiKey>>('GET', '/keys', { signal }),
  });
  const [opened, dialog] = useDisclosure();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const make = (
    <Button size="xs" leftSection={<IconPlus size={16} />} onClick={dialog.open} data-page-new>
      {texts.newKey}
    </Button>
  );
  const forbidden = error instanceof Problem && error.status === 403;
  return (
    <Page title={texts.keys} tools={forbidden ? undefined : make}>
      <Text c="dimmed" mb="sm">
        {forbidden ? texts.mayNot : texts.keysText}
      </Text>
      {forbidden ? null : <FormError error={error} />}
      <div className="panel">
        {data === undefined && error === null ? <Skeleton h={120} /> : null}
        {data?.data.length === 0 ? (
          <Empty icon={IconKey} title={texts.noKeysTitle} action={make}>
            {texts.noKeys}
          </Empty>
        ) : null}
        {data !== undefined && data.data.length > 0 ? <KeyTable keys={data.data} onRevoke={setRevoking} /> : null}
      </div>
      <NewKeyDialog opened={opened} onClose={dialog.close} />
      <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />
    </Page>
  );
}

function KeyTable({ keys, onRevoke }: { keys: ApiKey[]; onRevoke(key: ApiKey): void }) {
  return (
    <Table verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.keyName}</Table.Th>
          <Table.Th visibleFrom="xs">{texts.role}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.lastUsed}</Table.Th>
          <Table.Th aria-label={texts.revoke} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => (
          <Table.Tr key={key.id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{key.name}</Table.Td>
            <Table.Td visibleFrom="xs">
              <Badge variant="default">{key.role === 'admin' ? texts.admin : texts.rep}</Badge>
            </Table.Td>
            <Table.Td visibleFrom="sm">{key.lastUsedAt === null ? texts.never : agoOf(key.lastUsedAt)}</Table.Td>
            <Table.Td ta="right">
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                aria-label={texts.revokeKey(key.name)}
                onClick={() => onRevoke(key)}
              >
                {texts.revoke}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function NewKeyDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const client = useQueryClient();
  const [made, setMade] = useState<NewApiKey | null>(null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', role: 'rep' },
    send: (body) => call<NewApiKey>('POST', '/keys', { body }),
    done: (key) => {
      setMade(key);
      form.reset();
      void client.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={made?.name ?? texts.newKey} closeButtonProps={{ 'aria-label': shared.close }}>
      {made === null ? (
        <Form onSubmit={onSubmit}>
          <TextInput
            label={texts.keyName}
            description={texts.keyNameHint}
            required
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Select label={texts.role} data={roles} allowDeselect={false} {...form.getInputProps('role')} />
          <FormError error={error} known={['name', 'role']} />
          <Button type="submit" loading={pending}>
            {shared.create}
          </Button>
        </Form>
      ) : (
        <Alert color="green" title={texts.keyShownOnce}>
          <Copyable text={made.key} label={texts.keys} />
        </Alert>
      )}
    </Modal>
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey | null; onClose(): void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => call<void>('DELETE', `/keys/${id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['keys'] });
      onClose();
    },
  });
  return (
    <Modal
      opened={apiKey !== null}
      onClose={onClose}
      title={texts.revokeKey(apiKey?.name ?? '')}
      closeButtonProps={{ 'aria-label': shared.close }}
    >
      <Text mb="md">{texts.revokeSure(apiKey?.name ?? '')}</Text>
      <FormError error={revoke.error} />
      <Button color="red" loading={revoke.isPending} onClick={() => apiKey !== null && revoke.mutate(apiKey.id)} data-autofocus>
        {texts.revoke}
      </Button>
    </Modal>
  );
}
