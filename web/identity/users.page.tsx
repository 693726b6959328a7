import { Avatar, Badge, Button, Group, Modal, PasswordInput, Select, Skeleton, Table, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import { usersQuery } from '../queries.ts';
import type { User } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { dayOf } from '../times.ts';
import { useAllowed } from './allowed.ts';
import { texts } from './texts.ts';
import { useRoleChoices } from './user-forms.tsx';
import { UserMenu } from './user-menu.tsx';

/** Who may sign in; admins add people here. */
export function UsersPage() {
  const { data } = useQuery(usersQuery);
  const { can } = useAllowed();
  const [opened, dialog] = useDisclosure();
  const tools = can('user', 'create') ? <NewButton label={texts.newUser} onClick={dialog.open} /> : undefined;
  return (
    <Page title={texts.users} tools={tools}>
      <div className="panel">
        {data === undefined ? <Skeleton h={120} /> : <UserTable users={data.data} mayInvite={can('user', 'create')} />}
      </div>
      <Modal opened={opened} onClose={dialog.close} title={texts.newUser}>
        <NewUser onDone={dialog.close} />
      </Modal>
    </Page>
  );
}

function UserTable({ users, mayInvite }: { users: User[]; mayInvite: boolean }) {
  return (
    <Table.ScrollContainer minWidth={0}>
      <Table verticalSpacing="xs" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.userName}</Table.Th>
            <Table.Th visibleFrom="xs">{texts.role}</Table.Th>
            <Table.Th visibleFrom="sm">{texts.since}</Table.Th>
            {mayInvite ? <Table.Th aria-label={texts.invite} /> : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.id}>
              <Table.Td>
                <Group gap="sm" wrap="nowrap">
                  <Avatar size={28} name={user.name} color="indigo" variant="filled" aria-hidden visibleFrom="xs" />
                  <div style={{ minWidth: 0 }}>
                    <Text size="sm" truncate>
                      {user.name}
                      {user.disabledAt === null ? null : ` · ${texts.isDisabled}`}
                    </Text>
                    <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                      {user.email}
                    </Text>
                    <Text size="xs" c="dimmed" hiddenFrom="xs">
                      {user.role}
                    </Text>
                  </div>
                </Group>
              </Table.Td>
              <Table.Td visibleFrom="xs">
                <Badge variant="default">{user.role}</Badge>
              </Table.Td>
              <Table.Td visibleFrom="sm">{dayOf(user.createdAt)}</Table.Td>
              {mayInvite ? (
                <Table.Td ta="right">
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <LinkButton user={user} />
                    <UserMenu user={user} />
                  </Group>
                </Table.Td>
              ) : null}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Makes a link by which the user sets their password: mailed where mail is set up, else shown to be handed on. */
function LinkButton({ user }: { user: User }) {
  const make = useMutation({
    mutationFn: () => call<{ mailed: boolean; url: string | null }>('POST', `/users/${user.id}/link`, { body: {} }),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
    onSuccess: ({ mailed }) => (mailed ? notifications.show({ message: texts.linkMailed }) : undefined),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        loading={make.isPending}
        onClick={() => make.mutate()}
        aria-label={texts.inviteUser(user.name)}
      >
        {texts.invite}
      </Button>
      <Modal opened={typeof make.data?.url === 'string'} onClose={make.reset} title={texts.linkShown}>
        <Copyable text={make.data?.url ?? ''} label={texts.linkShown} />
      </Modal>
    </>
  );
}

function NewUser({ onDone }: { onDone(): void }) {
  const roles = useRoleChoices();
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', email: '', role: 'rep', password: '' },
    send: (values) => call<User>('POST', '/users', { body: filled(values) }),
    done: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.userName} required data-autofocus {...form.getInputProps('name')} />
      <TextInput label={texts.email} type="email" required {...form.getInputProps('email')} />
      <Select label={texts.role} data={roles} allowDeselect={false} {...form.getInputProps('role')} />
      <PasswordInput
        label={texts.password}
        description={texts.passwordOrLink}
        autoComplete="new-password"
        {...form.getInputProps('password')}
      />
      <FormError error={error} known={['name', 'email', 'role', 'password']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
