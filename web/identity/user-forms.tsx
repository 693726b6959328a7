import { Button, Select, Switch, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { usersQuery } from '../queries.ts';
import type { User } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { rolesQuery } from './access.queries.ts';
import { texts } from './texts.ts';

interface UserFormProps {
  user: User;
  onDone(): void;
}

/** The roles that a user may be given, by their keys. */
export function useRoleChoices(): { value: string; label: string }[] {
  const { data } = useQuery(rolesQuery);
  return (data?.data ?? []).map(({ key, name }) => ({ value: key, label: name }));
}

/** Changes what a user is called and may do, and whether they may sign in at all. */
export function EditUser({ user, onDone }: UserFormProps) {
  const client = useQueryClient();
  const roles = useRoleChoices();
  const before = { name: user.name, role: user.role, disabled: user.disabledAt !== null };
  const { form, onSubmit, pending, error } = useApiForm({
    initial: before,
    send: (values) => call<User>('PATCH', `/users/${user.id}`, { body: values, version: user.version }),
    done: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.userName} required data-autofocus {...form.getInputProps('name')} />
      <Select label={texts.role} data={roles} allowDeselect={false} {...form.getInputProps('role')} />
      <Switch label={texts.disabled} description={texts.disabledText} {...form.getInputProps('disabled', { type: 'checkbox' })} />
      <FormError error={error} known={['name', 'role']} />
      <Button type="submit" loading={pending}>
        {shared.save}
      </Button>
    </Form>
  );
}

/** Removes a user for good, once it is said who gets what they own. */
export function RemoveUser({ user, onDone }: UserFormProps) {
  const client = useQueryClient();
  const { data: users } = useQuery(usersQuery);
  const heirs = (users?.data ?? []).filter(({ id, disabledAt }) => id !== user.id && disabledAt === null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { inheritor: null as string | null },
    send: (body) => call<void>('DELETE', `/users/${user.id}`, { body }),
    done: () => {
      void client.invalidateQueries();
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{texts.removeText(user.name)}</Text>
      <Select
        label={texts.inheritor}
        required
        searchable
        data-autofocus
        data={heirs.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('inheritor')}
      />
      <FormError error={error} known={['inheritor']} />
      <Button type="submit" color="red.9" loading={pending} disabled={form.values.inheritor === null}>
        {texts.removeUser}
      </Button>
    </Form>
  );
}
