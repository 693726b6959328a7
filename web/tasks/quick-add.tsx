import { Button, Group, SegmentedControl, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { FormError, useApiForm } from '../form.tsx';
import type { Task } from '../records.ts';
import { startOfDay } from '../times.ts';
import { texts } from './texts.ts';

const choices = { none: texts.never, 0: texts.today, 1: texts.tomorrow, 7: texts.inAWeek };
/** Tasks for a day are due in its late afternoon. */
const dueHour = 17;

/** The instant a task is due that is planned for a day from today. */
export function dueIn(days: number): string {
  const due = startOfDay(days);
  due.setHours(dueHour);
  return due.toISOString();
}

/** One line that makes a task of mine. */
export function QuickAdd() {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { title: '', days: '0' },
    send: ({ title, days }) =>
      call<Task>('POST', '/tasks', { body: { title, dueDate: days === 'none' ? null : dueIn(Number(days)) } }),
    done: () => {
      form.setFieldValue('title', '');
      void client.invalidateQueries({ queryKey: ['tasks'] });
    },
  });
  return (
    <form onSubmit={onSubmit} className="panel" style={{ padding: 12 }}>
      <TextInput
        aria-label={texts.quickAdd}
        placeholder={texts.quickAddPlaceholder}
        data-page-search
        required
        {...form.getInputProps('title')}
      />
      <Group justify="space-between" mt="xs" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={texts.dueWhen}
          data={Object.entries(choices).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps('days')}
        />
        <Button type="submit" size="xs" loading={pending}>
          {texts.add}
        </Button>
      </Group>
      <FormError error={error} known={['title']} />
    </form>
  );
}
