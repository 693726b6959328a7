import { Badge, Button, Checkbox, Group, Modal, Select, Skeleton, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, messageOf } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import type { Role } from '../records.ts';
import { NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { rolesQuery } from './access.queries.ts';
import { texts } from './access.texts.ts';
import { Teams } from './teams.tsx';

const verbs = ['create', 'read', 'edit', 'delete'] as const;
/** Objects that people work with; what else there is, `*` and the capabilities decide. */
const objects = Object.entries(texts.objects);
const reaches = Object.entries(texts.reaches).map(([value, label]) => ({ value, label }));

/** Roles as a matrix, and the teams. */
export function RolesPage() {
  const { data, error } = useQuery(rolesQuery);
  const [opened, dialog] = useDisclosure();
  const [chosen, choose] = useState<string | null>(null);
  const roles = data?.data;
  const role = roles?.find(({ key }) => key === chosen) ?? roles?.find(({ key }) => key !== 'admin');
  const tools = <NewButton label={texts.newRole} onClick={dialog.open} />;
  return (
    <Page title={texts.access} tools={tools}>
      <FormError error={error} />
      <Text c="dimmed" size="sm" mb="sm">
        {texts.rolesText}
      </Text>
      <div className="panel">
        {roles === undefined || role === undefined ? (
          <Skeleton h={240} />
        ) : (
          <Stack p="md">
            <Group>
              <Select
                label={texts.role}
                data={roles.map(({ key, name }) => ({ value: key, label: name }))}
                value={role.key}
                onChange={choose}
                allowDeselect={false}
              />
              {role.shipped ? (
                <Badge variant="default" mt={22}>
                  {role.key}
                </Badge>
              ) : null}
            </Group>
            <RoleMatrix role={role} />
          </Stack>
        )}
      </div>
      <Teams />
      <Modal opened={opened} onClose={dialog.close} title={texts.newRole}>
        <NewRole
          roles={roles ?? []}
          onDone={(key) => {
            choose(key);
            dialog.close();
          }}
        />
      </Modal>
    </Page>
  );
}

type Patch = Partial<Pick<Role, 'permissions' | 'capabilities'>>;

/** Each cell is saved as it is changed; what the hub refuses goes back to what it was. */
function RoleMatrix({ role }: { role: Role }) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (patch: Patch) => call<Role>('PATCH', `/roles/${role.key}`, { body: patch, version: role.version }),
    onSuccess: () => notifications.show({ message: texts.saved }),
    onError: (failure) => notifications.show({ color: 'red', title: texts.notSaved, message: messageOf(failure) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['roles'] }),
  });
  const set = (object: string, verb: string, reach: string) =>
    save.mutate({ permissions: { ...role.permissions, [object]: { ...role.permissions[object], [verb]: reach } } });
  const toggle = (name: string, has: boolean) =>
    save.mutate({ capabilities: has ? [...role.capabilities, name] : role.capabilities.filter((one) => one !== name) });
  const isAll = role.capabilities.includes('*');
  return (
    <>
      {role.key === 'admin' ? <Text c="dimmed">{texts.adminText}</Text> : null}
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.object}</Table.Th>
              {verbs.map((verb) => (
                <Table.Th key={verb}>{texts.verbs[verb]}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {objects.map(([object, label]) => (
              <Table.Tr key={object}>
                <Table.Td>{label}</Table.Td>
                {verbs.map((verb) => (
                  <Table.Td key={verb}>
                    <Select
                      size="xs"
                      aria-label={texts.cell(label, texts.verbs[verb])}
                      data={reaches}
                      value={role.permissions[object]?.[verb] ?? role.permissions['*']?.[verb] ?? 'none'}
                      onChange={(reach) => set(object, verb, reach ?? 'none')}
                      allowDeselect={false}
                      disabled={save.isPending || role.key === 'admin'}
                    />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Title order={3} fz="sm">
        {texts.capabilities}
      </Title>
      <Group gap="md">
        {Object.entries(texts.capabilityNames).map(([name, label]) => (
          <Checkbox
            key={name}
            label={label}
            checked={role.capabilities.includes(name) || (isAll && name !== 'read_others_mail')}
            onChange={(event) => toggle(name, event.currentTarget.checked)}
            disabled={save.isPending || role.key === 'admin'}
          />
        ))}
      </Group>
    </>
  );
}

function NewRole({ roles, onDone }: { roles: readonly Role[]; onDone(key: string): void }) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', key: '', copyOf: 'rep' },
    send: ({ copyOf, ...values }) => {
      const { permissions = {}, capabilities: may = [], fields = {} } = roles.find(({ key }) => key === copyOf) ?? {};
      return call<Role>('POST', '/roles', {
        body: { ...filled(values), permissions, capabilities: may.filter((one) => one !== '*'), fields },
      });
    },
    done: ({ key }) => {
      void client.invalidateQueries({ queryKey: ['roles'] });
      onDone(key);
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm" c="dimmed">
        {texts.newRoleText}
      </Text>
      <TextInput label={texts.roleName} required data-autofocus {...form.getInputProps('name')} />
      <TextInput label={texts.roleKey} required placeholder="key_account" {...form.getInputProps('key')} />
      <Select
        label={texts.copyOf}
        data={roles.map(({ key, name }) => ({ value: key, label: name }))}
        allowDeselect={false}
        {...form.getInputProps('copyOf')}
      />
      <FormError error={error} known={['name', 'key']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
