import { ActionIcon, Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { call, messageOf } from '../api.ts';
import { useRights } from '../identity/allowed.ts';
import { collection, type Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { useRestore } from './restore.ts';
import { texts } from './texts.ts';

interface RecordMenuProps {
  noun: Noun;
  record: { id: string; name: string; version: number };
  /** What else its kind can do, when the viewer may do any of it. */
  children?: ReactNode;
  more?: boolean;
}

/** What is seldom done with a record: deleting it, which can be taken back. */
export function RecordMenu({ noun, record, children, more = false }: RecordMenuProps) {
  const rights = useRights(noun, record.id);
  const client = useQueryClient();
  const navigate = useNavigate();
  const restore = useRestore();
  const path = collection[noun];
  const remove = useMutation({
    mutationFn: () => call<void>('DELETE', `/${path}/${record.id}`, { version: record.version }),
    onError: (error) => notifications.show({ color: 'red', title: texts.notDeleted(record.name), message: messageOf(error) }),
    onSuccess: async () => {
      await navigate({ to: `/${path}` });
      client.removeQueries({ queryKey: [noun, record.id] });
      void client.invalidateQueries({ queryKey: [path] });
      const id = `deleted-${record.id}`;
      const undo = () => {
        notifications.hide(id);
        restore.mutate({ path, id: record.id, name: record.name });
      };
      notifications.show({
        id,
        title: texts.gone(record.name),
        message: (
          <Button size="compact-sm" variant="light" onClick={undo}>
            {shared.undo}
          </Button>
        ),
      });
    },
  });
  if (!rights.delete && !more) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={34} variant="default" aria-label={texts.more}>
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {rights.delete ? (
          <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => remove.mutate()}>
            {texts.delete(noun)}
          </Menu.Item>
        ) : null}
        {children}
      </Menu.Dropdown>
    </Menu>
  );
}
