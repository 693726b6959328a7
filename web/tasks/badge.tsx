import { Badge, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../api.ts';
import type { TaskCounts } from '../records.ts';
import { texts } from './texts.ts';

/** How many of my tasks are late or due today; nothing when there are none. */
export function TaskBadge() {
  const { data } = useQuery({
    queryKey: ['tasks', 'counts'],
    queryFn: ({ signal }) => call<TaskCounts>('GET', '/tasks/counts', { signal }),
    // What becomes late does so by the clock alone.
    refetchInterval: 60_000,
  });
  const waiting = data === undefined ? 0 : data.overdue + data.today;
  if (data === undefined || waiting === 0) return null;
  return (
    <Badge
      size="sm"
      variant="light"
      color={data.overdue > 0 ? 'red' : 'gray'}
      ml="auto"
      title={texts.waiting(data.overdue, data.today)}
    >
      {waiting}
      <VisuallyHidden> {texts.waiting(data.overdue, data.today)}</VisuallyHidden>
    </Badge>
  );
}
