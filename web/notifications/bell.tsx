import { ActionIcon, Box, Indicator, Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call, type Page } from '../api.ts';
import type { Notification } from '../records.ts';
import { texts } from '../texts.ts';
import { agoOf } from '../times.ts';

/** What wants my attention: tasks that came due, deals that rot, colleagues who ask to see a contact. */
export function Bell() {
  const [opened, setOpened] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ['notifications'],
    queryFn: ({ signal }) => call<Page<Notification>>('GET', '/notifications', { query: { limit: 30 }, signal }),
  });
  const read = useMutation({
    mutationFn: (id: string) => call<void>('POST', `/notifications/${id}/read`),
    onSettled: () => client.invalidateQueries({ queryKey: ['notifications'] }),
  });
  const all = data?.data ?? [];
  const unread = all.filter((one) => one.readAt === null).length;
  const open = (one: Notification) => {
    if (one.readAt === null) read.mutate(one.id);
    setOpened(false);
    if (one.recordType === 'contact') void navigate({ to: '/contacts/$id', params: { id: one.recordId } });
    else if (one.recordType === 'deal') void navigate({ to: '/deals/$id', params: { id: one.recordId } });
    else void navigate({ to: '/tasks' });
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={340} shadow="md" trapFocus>
      <Indicator disabled={unread === 0} label={unread} size={15} offset={4} color="red.9">
        <Popover.Target>
          <ActionIcon
            onClick={() => setOpened(!opened)}
            aria-label={unread === 0 ? texts.notifications : texts.unreadNotifications(unread)}
          >
            <IconBell size={18} stroke={1.6} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={6} aria-label={texts.notifications}>
        <Stack gap={2} mah={420} style={{ overflow: 'auto' }}>
          {all.length === 0 ? (
            <Text c="dimmed" p="md" ta="center">
              {texts.noNotifications}
            </Text>
          ) : null}
          {all.map((one) => (
            <UnstyledButton key={one.id} className="nav-link" onClick={() => open(one)}>
              <Box w={7} h={7} bdrs="xl" bg={one.readAt === null ? 'indigo.6' : 'transparent'} style={{ flexShrink: 0 }} />
              <Box miw={0}>
                <Text size="sm" fw={one.readAt === null ? 600 : 400}>
                  {one.subject}
                </Text>
                <Text size="xs" c="dimmed">
                  {agoOf(one.createdAt)}
                </Text>
              </Box>
            </UnstyledButton>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
