import { ActionIcon, Badge, Button, Checkbox, Group, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconClockPause } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import type { Task } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts as shared } from '../texts.ts';
import { momentOf } from '../times.ts';
import { dueIn } from './quick-add.tsx';
import styles from './tasks.module.css';
import { texts } from './texts.ts';

const snoozes = [
  [texts.tomorrow, 1],
  [texts.inAWeek, 7],
  [texts.inAMonth, 30],
] as const;

/** A task: a box that completes it, when it is due, and what it is about. */
export function TaskRow({ task }: { task: Task }) {
  const change = useChangeTask();
  const complete = () =>
    change.mutate(
      { task, patch: { status: 'completed' } },
      {
        onSuccess: (done) => {
          const id = `task-${task.id}`;
          const undo = () => {
            notifications.hide(id);
            change.mutate({ task: done, patch: { status: task.status } });
          };
          notifications.show({
            id,
            title: texts.completed(task.title),
            message: (
              <Button size="compact-sm" variant="light" onClick={undo}>
                {shared.undo}
              </Button>
            ),
          });
        },
      },
    );
  const overdue = task.dueDate !== null && Date.parse(task.dueDate) < Date.now();
  return (
    <Group component="li" wrap="nowrap" gap="sm" px="sm" py={8} className={styles.row}>
      <Checkbox checked={change.isPending} onChange={complete} aria-label={texts.complete(task.title)} />
      <div style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {task.title}
        </Text>
        <Group gap="0 12px">
          <About task={task} />
          {task.dueDate === null ? null : (
            <Text size="xs" c={overdue ? 'var(--mantine-color-error)' : 'dimmed'}>
              {momentOf(task.dueDate)}
            </Text>
          )}
        </Group>
      </div>
      {task.priority === 'urgent' || task.priority === 'high' ? (
        <Badge size="sm" variant="light" color="red">
          {texts[task.priority]}
        </Badge>
      ) : null}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={texts.snooze(task.title)}>
            <IconClockPause size={17} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{texts.snoozeTo}</Menu.Label>
          {snoozes.map(([label, days]) => (
            <Menu.Item key={label} onClick={() => change.mutate({ task, patch: { dueDate: dueIn(days) } })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function About({ task: { contactId, contactName, dealId, dealName } }: { task: Task }) {
  if (contactId === null && dealId === null) return null;
  return (
    <>
      {contactId === null ? null : (
        <PageLink to="/contacts/$id" params={{ id: contactId }} size="xs">
          {contactName}
        </PageLink>
      )}
      {dealId === null ? null : (
        <PageLink to="/deals/$id" params={{ id: dealId }} size="xs">
          {dealName}
        </PageLink>
      )}
    </>
  );
}

function useChangeTask() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ task, patch }: { task: Task; patch: Partial<Task> }) =>
      call<Task>('PATCH', `/tasks/${task.id}`, { body: patch, version: task.version }),
    onError: (error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  });
}
