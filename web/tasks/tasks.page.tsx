import { Skeleton, Stack, Title } from '@mantine/core';
import { IconChecklist } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FormError } from '../form.tsx';
import { useAllowed } from '../identity/allowed.ts';
import { listQuery } from '../queries.ts';
import type { Task } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { LoadMore } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { WaySwitch } from '../shell/way-switch.tsx';
import { texts as shared } from '../texts.ts';
import { useCompleteTask } from './complete.tsx';
import { dayIn, dueOf } from './due.ts';
import { QuickAdd } from './quick-add.tsx';
import { type NewTask, TaskDialog } from './task-form.tsx';
import { TaskRow } from './task-row.tsx';
import styles from './tasks.module.css';
import { texts } from './texts.ts';
import { ways } from './ways.ts';

const mine = { 'filter[assignedTo]': 'me', 'filter[status][in]': 'pending,in_progress' };

/** What I have to do, by due date: complete, snooze, add. */
export function TasksPage() {
  const query = useInfiniteQuery(listQuery<Task>('tasks', { ...mine, sort: 'dueDate', limit: 100 }));
  const tasks = query.data?.pages.flatMap((page) => page.data);
  const [edited, setEdited] = useState<Task | NewTask | null>(null);
  const complete = useCompleteTask(setEdited);
  const { can } = useAllowed();
  return (
    <Page title={shared.tasks} tools={<WaySwitch ways={ways} />}>
      <Stack maw={760} gap="sm">
        {can('task', 'create') ? <QuickAdd /> : null}
        <FormError error={query.error} />
        {tasks === undefined && query.error === null ? <Skeleton h={200} /> : null}
        {tasks?.length === 0 ? (
          <div className="panel">
            <Empty icon={IconChecklist} title={texts.emptyTitle}>
              {can('task', 'create') ? texts.empty : texts.emptyToReaders}
            </Empty>
          </div>
        ) : null}
        {groupsOf(tasks ?? []).map(([label, group]) => (
          <section key={label} aria-label={label}>
            <Title order={2} fz="sm" mb={6} mt={4}>
              {label}
            </Title>
            <ul className={`panel ${styles.list}`}>
              {group.map((task) => (
                <TaskRow
                  key={task.id}
                  task={task}
                  completing={complete.isPending && complete.variables.id === task.id}
                  onComplete={() => complete.mutate(task)}
                  onEdit={() => setEdited(task)}
                />
              ))}
            </ul>
          </section>
        ))}
        <LoadMore query={query} />
      </Stack>
      <TaskDialog task={edited} onClose={() => setEdited(null)} />
    </Page>
  );
}

/** Tasks by when they are due, in the viewer's zone; groups without any are left out. */
function groupsOf(tasks: Task[]): [string, Task[]][] {
  const labelOf = (task: Task): string => {
    const { day } = dueOf(task);
    if (day === null) return texts.noDate;
    if (day < dayIn(0)) return texts.overdue;
    if (day === dayIn(0)) return texts.today;
    return day <= dayIn(7) ? texts.thisWeek : texts.later;
  };
  const order = [texts.overdue, texts.today, texts.thisWeek, texts.later, texts.noDate];
  return order
    .map((label): [string, Task[]] => [label, tasks.filter((task) => labelOf(task) === label)])
    .filter(([, group]) => group.length > 0);
}
