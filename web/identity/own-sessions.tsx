import { Badge, Button, Group, Skeleton, Table, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page as ListPage, messageOf } from '../api.ts';
import { FormError } from '../form.tsx';
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
  const end = useMutation({
    mutationFn: (id?: string) => call<void>('DELETE', id === undefined ? '/sessions' : `/sessions/${id}`),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
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
    </section>
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
