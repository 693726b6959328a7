import { Badge, Button, Group, Modal, Switch, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBolt } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, messageOf } from '../api.ts';
import { ListPanel, NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { iconOf } from './icons.ts';
import { TypeForm } from './type-form.tsx';
import { texts } from './types.texts.ts';
import { type ActivityType, activityTypesQuery } from './types.ts';

/** What can be logged: types are made, renamed, drawn and archived here. Those that the system writes are its own. */
export function ActivityTypesPage() {
  const { data, error } = useQuery(activityTypesQuery);
  const [archived, { toggle }] = useDisclosure();
  /** The type in the form; `null` for a new one, undefined when the form is closed. */
  const [edited, setEdited] = useState<ActivityType | null>();
  const close = () => setEdited(undefined);
  const own = data?.data.filter((type) => !type.system && (archived || !type.archived));
  const tools = (
    <>
      <Switch size="sm" label={texts.showArchived} checked={archived} onChange={toggle} />
      <NewButton label={texts.newType} onClick={() => setEdited(null)} />
    </>
  );
  return (
    <Page title={texts.title} tools={tools}>
      <Text c="dimmed" mb="sm">
        {texts.text}
      </Text>
      <ListPanel items={own} error={error} icon={IconBolt} emptyTitle={texts.emptyTitle} empty={texts.empty}>
        {(types) => <TypeTable types={types} onEdit={setEdited} />}
      </ListPanel>
      <Modal opened={edited !== undefined} onClose={close} title={edited ? texts.editType(edited.label) : texts.newType}>
        {edited === undefined ? null : <TypeForm type={edited} taken={data?.data ?? []} onDone={close} />}
      </Modal>
    </Page>
  );
}

function TypeTable({ types, onEdit }: { types: readonly ActivityType[]; onEdit(type: ActivityType): void }) {
  return (
    <Table verticalSpacing="xs" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.label}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.key}</Table.Th>
          <Table.Th visibleFrom="sm">{texts.countsAsContact}</Table.Th>
          <Table.Th aria-label={texts.edit} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {types.map((type) => (
          <TypeRow key={type.id} type={type} onEdit={() => onEdit(type)} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function TypeRow({ type, onEdit }: { type: ActivityType; onEdit(): void }) {
  const { key, label, icon, countsAsContact, archived } = type;
  const Sign = iconOf(icon);
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <Sign size={18} stroke={1.6} aria-hidden style={{ flexShrink: 0 }} />
          <span style={{ overflowWrap: 'anywhere' }}>{label}</span>
          {archived ? <Badge variant="default">{texts.archived}</Badge> : null}
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm" c="dimmed">
        {key}
      </Table.Td>
      <Table.Td visibleFrom="sm" c="dimmed">
        {countsAsContact ? shared.yes : shared.no}
      </Table.Td>
      <Table.Td>
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <Button size="compact-sm" variant="subtle" color="gray" aria-label={texts.editType(label)} onClick={onEdit}>
            {texts.edit}
          </Button>
          <ArchiveButton type={type} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function ArchiveButton({ type: { id, label, archived, version } }: { type: ActivityType }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => call<ActivityType>('PATCH', `/activity-types/${id}`, { body: { archived: !archived }, version }),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
    onSettled: () => client.invalidateQueries({ queryKey: activityTypesQuery.queryKey }),
  });
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      loading={change.isPending}
      aria-label={archived ? texts.restoreType(label) : texts.archiveType(label)}
      onClick={() => change.mutate()}
    >
      {archived ? texts.restore : texts.archive}
    </Button>
  );
}
