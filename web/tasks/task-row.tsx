import { ActionIcon, Badge, Checkbox, Group, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconBell, IconClockPause, IconRepeat } from '@tabler/icons-react';
import type { Task } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { dayOf, momentOf } from '../times.ts';
import { useChangeTask } from './complete.tsx';
import { isLate, putOff } from './due.ts';
import { reminderChoices, ruleName } from './recurrences.ts';
import styles from './tasks.module.css';
import { texts } from './texts.ts';

const snoozes = [
  [texts.tomorrow, 1],
  [texts.inAWeek, 7],
  [texts.inAMonth, 30],
] as const;

interface TaskRowProps {
  task: Task;
  completing: boolean;
  onComplete(): void;
  onEdit(): void;
}

/** A task: a box that completes it, when it is due, and what it is about; its words open it. */
export function TaskRow({ task, completing, onComplete, onEdit }: TaskRowProps) {
  const change = useChangeTask();
  return (
    <Group component="li" wrap="nowrap" gap="sm" px="sm" py={8} className={styles.row}>
      <Checkbox checked={completing} onChange={onComplete} aria-label={texts.complete(task.title)} />
      <div style={{ flex: 1, minWidth: 0 }}>
        <UnstyledButton onClick={onEdit} fz="sm" style={{ overflowWrap: 'anywhere' }}>
          {task.title}
        </UnstyledButton>
        <Group gap="0 12px">
          <About task={task} />
          <When task={task} />
        </Group>
      </div>
      {task.priority === 'urgent' || task.priority === 'high' ? (
        <Badge size="sm" variant="light" color="red">
          {texts.priorities[task.priority]}
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
            <Menu.Item key={label} onClick={() => change.mutate({ task, patch: putOff(task, days) })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** When it is due, and signs of what comes before and after that. */
function When({ task }: { task: Task }) {
  const { dueDate, dueDay, recurrence, reminders } = task;
  if (dueDate === null) return null;
  const before = reminderChoices(reminders).filter(({ value }) => reminders.includes(Number(value)));
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="xs" c={isLate(task) ? 'var(--mantine-color-error)' : 'dimmed'}>
        {dueDay === null ? momentOf(dueDate) : dayOf(dueDay)}
      </Text>
      {recurrence === null ? null : <Sign icon={IconRepeat} says={texts.repeating(ruleName(recurrence))} />}
      {before.length === 0 ? null : <Sign icon={IconBell} says={before.map(({ label }) => label).join(', ')} />}
    </Group>
  );
}

const Sign = ({ icon: Icon, says }: { icon: typeof IconBell; says: string }) => (
  <Text span size="xs" c="dimmed" title={says} role="img" aria-label={says} lh={1}>
    <Icon size={13} stroke={1.8} aria-hidden />
  </Text>
);

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
