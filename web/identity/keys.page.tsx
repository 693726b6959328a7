import { Alert, Badge, Button, Modal, Select, Table, Text, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useDisclosure } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Page as ListPage } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { ApiKey, NewApiKey } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { ListPanel, NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { agoOf, endOf, momentOf } from '../times.ts';
import { texts } from './texts.ts';
import { useRoleChoices } from './user-forms.tsx';

const overlapHours = 24;

/** Keys of programs: make one, see when it was used, revoke it. */
export function KeysPage() {
  const { data, error } = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => call<ListPage<ApiKey>>('GET', '/keys', { signal }),
  });
  const [opened, dialog] = useDisclosure();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  return (
    <Page title={texts.keys} tools={<NewButton label={texts.newKey} onClick={dialog.open} />}>
      <Text c="dimmed" mb="sm">
        {texts.keysText}
      </Text>
      <ListPanel items={data?.data} error={error} icon={IconKey} emptyTitle={texts.noKeysTitle} empty={texts.noKeys}>
        {(keys) => <KeyTable keys={keys} onRevoke={setRevoking} onRotate={setRotating} />}
      </ListPanel>
      <NewKeyDialog opened={opened} onClose={dialog.close} />
      <Modal opened={rotating !== null} onClose={() => setRotating(null)} title={texts.rotateKey(rotating?.name ?? '')}>
        {rotating === null ? null : <RotateKey apiKey={rotating} />}
      </Modal>
      <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />
    </Page>
  );
}

interface KeyTableProps {
  keys: readonly ApiKey[];
  onRevoke(key: ApiKey): void;
  onRotate(key: ApiKey): void;
}

function KeyTable({ keys, onRevoke, onRotate }: KeyTableProps) {
  const roles = useRoleChoices();
  return (
    <Table verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.keyName}</Table.Th>
          <Table.Th visibleFrom="xs">{texts.role}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.lastUsed}</Table.Th>
          <Table.Th visibleFrom="md">{texts.until}</Table.Th>
          <Table.Th aria-label={texts.revoke} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => (
          <Table.Tr key={key.id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{key.name}</Table.Td>
            <Table.Td visibleFrom="xs">
              <Badge variant="default">{roles.find(({ value }) => value === key.role)?.label ?? key.role}</Badge>
            </Table.Td>
            <Table.Td visibleFrom="sm">{key.lastUsedAt === null ? texts.never : agoOf(key.lastUsedAt)}</Table.Td>
            <Table.Td visibleFrom="md">{key.expiresAt === null ? texts.untilRevoked : momentOf(key.expiresAt)}</Table.Td>
            <Table.Td ta="right">
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                aria-label={texts.rotateKey(key.name)}
                onClick={() => onRotate(key)}
              >
                {texts.rotate}
              </Button>
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
  const roles = useRoleChoices();
  const client = useQueryClient();
  const [made, setMade] = useState<NewApiKey | null>(null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', role: 'rep', until: null as string | null },
    send: ({ until, ...values }) =>
      call<NewApiKey>('POST', '/keys', { body: { ...values, expiresAt: until === null ? null : endOf(until) } }),
    fields: ({ expiresAt, ...others }) => ({ ...others, ...(expiresAt === undefined ? {} : { until: expiresAt }) }),
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
    <Modal opened={opened} onClose={close} title={made?.name ?? texts.newKey}>
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
          <DateInput
            label={texts.until}
            description={texts.untilHint}
            valueFormat="YYYY-MM-DD"
            clearable
            {...form.getInputProps('until')}
          />
          <FormError error={error} known={['name', 'role', 'expiresAt']} />
          <Button type="submit" loading={pending}>
            {shared.create}
          </Button>
        </Form>
      ) : (
        <Shown made={made} />
      )}
    </Modal>
  );
}

function Shown({ made }: { made: NewApiKey }) {
  return (
    <Alert color="green" title={texts.keyShownOnce}>
      <Copyable text={made.key} label={texts.keys} />
    </Alert>
  );
}

/** Gives a key a new secret; the old one works on for a while, so that its program can be told of the new one. */
function RotateKey({ apiKey }: { apiKey: ApiKey }) {
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => call<NewApiKey>('POST', `/keys/${apiKey.id}/rotate`, { body: { overlapHours } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['keys'] }),
  });
  if (rotate.data !== undefined) return <Shown made={rotate.data} />;
  return (
    <>
      <Text mb="md">{texts.rotateText(overlapHours)}</Text>
      <FormError error={rotate.error} />
      <Button fullWidth data-autofocus loading={rotate.isPending} onClick={() => rotate.mutate()}>
        {texts.rotate}
      </Button>
    </>
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
    <Modal opened={apiKey !== null} onClose={onClose} title={texts.revokeKey(apiKey?.name ?? '')}>
      <Text mb="md">{texts.revokeSure(apiKey?.name ?? '')}</Text>
      <FormError error={revoke.error} />
      <Button color="red" loading={revoke.isPending} onClick={() => apiKey !== null && revoke.mutate(apiKey.id)} data-autofocus>
        {texts.revoke}
      </Button>
    </Modal>
  );
}
