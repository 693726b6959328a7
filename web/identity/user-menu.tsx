import { ActionIcon, Menu, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, messageOf } from '../api.ts';
import type { User } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { useAllowed } from './allowed.ts';
import { texts } from './sign-in.texts.ts';
import { texts as users } from './texts.ts';
import { EditUser, RemoveUser } from './user-forms.tsx';

const deeds = [
  { path: 'sessions', label: texts.signOutEverywhere },
  { path: 'second-factor', label: texts.removeFactor },
  { path: 'provider-links', label: texts.forgetLinks },
] as const;

/** What an admin does with a user, and for somebody who has lost a device, their second factor, or their account at a provider. */
export function UserMenu({ user }: { user: User }) {
  const act = useMutation({
    mutationFn: (path: string) => call<void>('DELETE', `/users/${user.id}/${path}`),
    onSuccess: () => notifications.show({ message: texts.doneFor(user.name) }),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
  });
  const { can } = useAllowed();
  const [doing, setDoing] = useState<'edit' | 'remove' | null>(null);
  const close = () => setDoing(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" loading={act.isPending} aria-label={texts.moreFor(user.name)}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setDoing('edit')}>{users.editUser}</Menu.Item>
          {deeds.map(({ path, label }) => (
            <Menu.Item key={path} onClick={() => act.mutate(path)}>
              {label}
            </Menu.Item>
          ))}
          {can('user', 'delete') ? (
            <Menu.Item color="red" onClick={() => setDoing('remove')}>
              {users.removeUser}
            </Menu.Item>
          ) : null}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={doing !== null}
        onClose={close}
        title={doing === 'remove' ? users.removeTitle(user.name) : users.editTitle(user.name)}
      >
        {doing === 'edit' ? <EditUser user={user} onDone={close} /> : null}
        {doing === 'remove' ? <RemoveUser user={user} onDone={close} /> : null}
      </Modal>
    </>
  );
}
