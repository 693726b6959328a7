import { Badge, Button, Group, Modal, PasswordInput, Skeleton, Table, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Page as ListPage, messageOf, Problem } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { Session } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { agoOf, dayOf } from '../times.ts';
import { deviceOf } from './device.ts';
import { texts } from './sign-in.texts.ts';

/** Where one is signed in; each can be ended, or all others at once. */
export function OwnSessions() {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => call<ListPage<Session>>('GET', '/sessions', { signal }),
  });
  /** What was to be ended when the API asked who is there. */
  const [asked, setAsked] = useState<{ id: string | undefined } | null>(null);
  const end = useMutation({
    mutationFn: (id?: string) => call<void>('DELETE', id === undefined ? '/sessions' : `/sessions/${id}`),
    onError: (failure, id) => {
      if (failure instanceof Problem && failure.code === 'proof_needed') setAsked({ id });
      else notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  const sessions = data?.data ?? [];
  return (
    <section aria-label={texts.sessions}>
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={2} fz="md">
            {texts.sessions}
          </Title>
          <Text size="sm" c="dimmed">
            {texts.sessionsText}
          </Text>
        </div>
        {sessions.length > 1 ? (
          <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate(undefined)}>
            {texts.endOthers}
          </Button>
        ) : null}
      </Group>
      <FormError error={error} />
      <div className="panel">
        {data === undefined && error === null ? (
          <Skeleton h={120} />
        ) : (
          <SessionTable sessions={sessions} onEnd={(id) => end.mutate(id)} />
        )}
      </div>
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={texts.sessions}>
        <ProofForm
          onDone={() => {
            setAsked(null);
            end.mutate(asked?.id);
          }}
        />
      </Modal>
    </section>
  );
}

/** Asks once more for the password. */
function ProofForm({ onDone }: { onDone(): void }) {
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { password: '' },
    send: (body) => call<void>('POST', '/session/proof', { body }),
    done: onDone,
  });
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{texts.prove}</Text>
      <PasswordInput
        label={texts.password}
        required
        data-autofocus
        autoComplete="current-password"
        {...form.getInputProps('password')}
      />
      <FormError error={error} known={['password']} />
      <Button type="submit" loading={pending}>
        {texts.goOn}
      </Button>
    </Form>
  );
}

function SessionTable({ sessions, onEnd }: { sessions: readonly Session[]; onEnd(id: string): void }) {
  return (
    <Table verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.device}</Table.Th>
          <Table.Th visibleFrom="xs">{texts.address}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.began}</Table.Th>
          <Table.Th visibleFrom="xs">{texts.lastSeen}</Table.Th>
          <Table.Th aria-label={texts.end} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {sessions.map((session) => {
          const device = deviceOf(session.userAgent) ?? texts.unknownDevice;
          return (
            <Table.Tr key={session.id}>
              <Table.Td title={session.userAgent ?? undefined}>{device}</Table.Td>
              <Table.Td visibleFrom="xs">{session.address}</Table.Td>
              <Table.Td visibleFrom="sm">{dayOf(session.createdAt)}</Table.Td>
              <Table.Td visibleFrom="xs">{agoOf(session.seenAt)}</Table.Td>
              <Table.Td ta="right">
                {session.current ? (
                  <Badge variant="light">{texts.current}</Badge>
                ) : (
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="red"
                    aria-label={texts.endSession(device)}
                    onClick={() => onEnd(session.id)}
                  >
                    {texts.end}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
