import { ActionIcon, Badge, Button, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconUser, IconUsersGroup, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type RefObject, useRef } from 'react';
import { call, messageOf } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { usersQuery } from '../queries.ts';
import type { Noun, Share } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { teamsQuery } from './access.queries.ts';
import { sharesPath, sharesQuery } from './shares.ts';
import { texts } from './sharing.texts.ts';

interface ShareListProps {
  noun: Noun;
  record: { id: string; ownerId: string | null };
  mayShare: boolean;
}

/** The people and teams a record is shared with: a form for one more, and a way to end each. */
export function ShareList({ noun, record, mayShare }: ShareListProps) {
  const client = useQueryClient();
  const submit = useRef<HTMLButtonElement>(null);
  const query = sharesQuery(noun, record.id);
  const { data, error } = useQuery(query);
  const { data: users } = useQuery(usersQuery);
  const { data: teams } = useQuery(teamsQuery);
  const people = users?.data ?? [];
  const groups = teams?.data ?? [];
  const shares = data?.data ?? [];
  const nameOf = ({ userId, teamId }: Share) =>
    (userId === null ? groups.find(({ id }) => id === teamId) : people.find(({ id }) => id === userId))?.name ?? texts.somebody;
  const owner = people.find(({ id }) => id === record.ownerId)?.name;
  const remove = useMutation({
    mutationFn: (share: Share) => call<void>('DELETE', `${sharesPath(noun, record.id)}/${share.id}`),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
    onSuccess: () => submit.current?.focus(),
    onSettled: () => client.invalidateQueries({ queryKey: query.queryKey }),
  });
  const taken = new Set([record.ownerId, ...shares.flatMap(({ userId, teamId }) => [userId, teamId])]);
  const free = <T extends { id: string; name: string }>(kind: 'user' | 'team', list: readonly T[]) =>
    list.filter(({ id }) => !taken.has(id)).map(({ id, name }) => ({ value: `${kind} ${id}`, label: name }));
  const choices = [
    {
      group: texts.people,
      items: free(
        'user',
        people.filter(({ disabledAt }) => disabledAt === null),
      ),
    },
    { group: texts.teams, items: free('team', groups) },
  ].filter(({ items }) => items.length > 0);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {texts.hint}
      </Text>
      {mayShare ? <ShareForm noun={noun} id={record.id} choices={choices} submit={submit} count={shares.length} /> : null}
      <FormError error={error} />
      {data !== undefined && shares.length === 0 ? <Text c="dimmed">{texts.none}</Text> : null}
      <Stack gap={4} component="ul" aria-label={texts.list} m={0} p={0} style={{ listStyle: 'none' }}>
        {owner === undefined ? null : <Line icon={<IconUser size={15} />} name={owner} note={texts.owner} />}
        {shares.map((share) => (
          <Line
            key={share.id}
            icon={share.userId === null ? <IconUsersGroup size={15} /> : <IconUser size={15} />}
            name={nameOf(share)}
            note={texts.accessBadges[share.access]}
            {...(mayShare ? { onRemove: () => remove.mutate(share) } : {})}
          />
        ))}
      </Stack>
    </Stack>
  );
}

interface LineProps {
  icon: ReactNode;
  name: string;
  note: string;
  onRemove?(): void;
}

function Line({ icon, name, note, onRemove }: LineProps) {
  return (
    <Group component="li" gap="xs" wrap="nowrap" mih={28}>
      {icon}
      <Text size="sm" flex={1} style={{ overflowWrap: 'anywhere' }}>
        {name}
      </Text>
      <Badge size="sm" variant="default">
        {note}
      </Badge>
      {onRemove === undefined ? (
        <span style={{ width: 28 }} />
      ) : (
        <ActionIcon aria-label={texts.remove(name)} onClick={onRemove}>
          <IconX size={15} />
        </ActionIcon>
      )}
    </Group>
  );
}

interface ShareFormProps {
  noun: Noun;
  id: string;
  choices: { group: string; items: { value: string; label: string }[] }[];
  count: number;
  /** Takes the focus when the button that had it is gone. */
  submit: RefObject<HTMLButtonElement | null>;
}

function ShareForm({ noun, id, choices, count, submit }: ShareFormProps) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { holder: null as string | null, access: 'read' },
    send: ({ holder, access }) => {
      const [kind, holderId] = (holder ?? '').split(' ');
      return call<Share>('POST', sharesPath(noun, id), { body: { [`${kind}Id`]: holderId, access } });
    },
    done: () => {
      form.setFieldValue('holder', null);
      void client.invalidateQueries({ queryKey: sharesQuery(noun, id).queryKey });
    },
    fields: ({ userId, teamId, ...others }) => ({ ...others, holder: userId ?? teamId ?? '' }),
  });
  return (
    <Form onSubmit={onSubmit}>
      <Select
        key={count} // a select that is emptied goes on naming the option it had (aria-activedescendant)
        label={texts.withWhom}
        required
        searchable
        data-autofocus
        data={choices}
        nothingFoundMessage={shared.nothingFound}
        {...form.getInputProps('holder')}
      />
      <Group justify="space-between" gap="xs">
        <SegmentedControl
          aria-label={texts.access}
          data={Object.entries(texts.accesses).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps('access')}
        />
        <Button ref={submit} type="submit" loading={pending}>
          {texts.share}
        </Button>
      </Group>
      <FormError error={error} known={['userId', 'teamId']} />
    </Form>
  );
}
