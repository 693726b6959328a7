import { Button, Group, Modal, MultiSelect, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import { usersQuery } from '../queries.ts';
import type { Team } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { texts as shared } from '../texts.ts';
import { teamsQuery } from './access.queries.ts';
import { texts } from './access.texts.ts';

/** The tree of teams with their members, who are added and taken out in place. */
export function Teams() {
  const { data } = useQuery(teamsQuery);
  const [opened, dialog] = useDisclosure();
  const teams = data?.data ?? [];
  return (
    <section aria-label={texts.teams}>
      <Group justify="space-between" mt="lg" mb="xs">
        <div>
          <Title order={2} fz="md">
            {texts.teams}
          </Title>
          <Text size="sm" c="dimmed">
            {texts.teamsText}
          </Text>
        </div>
        <Button size="xs" variant="default" leftSection={<IconPlus size={16} />} onClick={dialog.open}>
          {texts.newTeam}
        </Button>
      </Group>
      <div className="panel">
        {teams.length === 0 ? (
          <Empty icon={IconUsersGroup} title={texts.noTeamsTitle}>
            {texts.noTeams}
          </Empty>
        ) : (
          <Stack p="md">
            {branches(teams, null, 0).map(({ team, depth }) => (
              <TeamRow key={team.id} team={team} depth={depth} />
            ))}
          </Stack>
        )}
      </div>
      <Modal opened={opened} onClose={dialog.close} title={texts.newTeam}>
        <NewTeam teams={teams} onDone={dialog.close} />
      </Modal>
    </section>
  );
}

/** The tree as rows, each below its parent. */
function branches(teams: readonly Team[], parentId: string | null, depth: number): { team: Team; depth: number }[] {
  return teams
    .filter((team) => team.parentId === parentId)
    .flatMap((team) => [{ team, depth }, ...branches(teams, team.id, depth + 1)]);
}

function TeamRow({ team, depth }: { team: Team; depth: number }) {
  const client = useQueryClient();
  const { data: users } = useQuery(usersQuery);
  const change = useMutation({
    mutationFn: async (wanted: readonly string[]) => {
      const joined = wanted.filter((id) => !team.userIds.includes(id));
      const left = team.userIds.filter((id) => !wanted.includes(id));
      for (const id of joined) await call<void>('PUT', `/teams/${team.id}/members/${id}`);
      for (const id of left) await call<void>('DELETE', `/teams/${team.id}/members/${id}`);
    },
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['teams'] }),
  });
  return (
    <Group pl={depth * 24} wrap="nowrap" align="flex-start">
      <Text w={180} fw={550} pt={6}>
        {team.name}
      </Text>
      <MultiSelect
        flex={1}
        size="sm"
        aria-label={`${texts.members}: ${team.name}`}
        data={(users?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={team.userIds}
        onChange={(wanted) => change.mutate(wanted)}
        disabled={change.isPending}
        searchable
      />
    </Group>
  );
}

function NewTeam({ teams, onDone }: { teams: readonly Team[]; onDone(): void }) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', parentId: '' },
    send: (values) => call<Team>('POST', '/teams', { body: filled(values) }),
    done: () => {
      void client.invalidateQueries({ queryKey: ['teams'] });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.teamName} required data-autofocus {...form.getInputProps('name')} />
      <Select
        label={texts.parent}
        clearable
        data={teams.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('parentId')}
      />
      <FormError error={error} known={['name', 'parentId']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
