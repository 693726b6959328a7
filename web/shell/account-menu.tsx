import { Avatar, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { IconDevices, IconLogout } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { call } from '../api.ts';
import { meQuery } from '../queries.ts';
import { texts } from '../texts.ts';

/** Who is signed in, the colours, and the way out. */
export function AccountMenu() {
  const { data: me } = useQuery(meQuery);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => call<void>('DELETE', '/session'),
    onSuccess: () => {
      client.clear();
      void navigate({ to: '/sign-in' });
    },
  });
  const name = me?.user?.name ?? '';
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>{`${texts.account}: ${name}`}</VisuallyHidden>
          <Avatar size={28} name={name} color="indigo" variant="filled" aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Text px="sm" pt={6} fw={600} truncate>
          {name}
        </Text>
        <Text px="sm" pb={6} size="sm" c="dimmed" truncate>
          {me?.user?.email}
        </Text>
        <Menu.Divider />
        <Menu.Label>{texts.theme}</Menu.Label>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={texts.theme}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
          data={[
            { value: 'light', label: texts.light },
            { value: 'dark', label: texts.dark },
            { value: 'auto', label: texts.system },
          ]}
        />
        <Menu.Divider />
        <Menu.Item leftSection={<IconDevices size={16} />} onClick={() => navigate({ to: '/settings/me' })}>
          {texts.ownSignIn}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {texts.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
