import { ActionIcon, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import type { User } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './sign-in.texts.ts';

const deeds = [
  { path: 'sessions', label: texts.signOutEverywhere },
  { path: 'second-factor', label: texts.removeFactor },
  { path: 'provider-links', label: texts.forgetLinks },
] as const;

/** What an admin does for somebody who has lost a device, their second factor, or their account at a provider. */
export function UserMenu({ user }: { user: User }) {
  const act = useMutation({
    mutationFn: (path: string) => call<void>('DELETE', `/users/${user.id}/${path}`),
    onSuccess: () => notifications.show({ message: texts.doneFor(user.name) }),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" loading={act.isPending} aria-label={texts.moreFor(user.name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {deeds.map(({ path, label }) => (
          <Menu.Item key={path} onClick={() => act.mutate(path)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
