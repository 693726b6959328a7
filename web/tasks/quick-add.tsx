import { Button, Group, SegmentedControl, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { FormError, useApiForm } from '../form.tsx';
import type { Task } from '../records.ts';
import { dayIn } from './due.ts';
import { TaskDialog } from './task-form.tsx';
import { texts } from './texts.ts';

const choices = { none: texts.never, 0: texts.today, 1: texts.tomorrow, 7: texts.inAWeek };

/** One line that makes a task of mine; for more of it there is the dialog. */
export function QuickAdd() {
  const client = useQueryClient();
  const [detailed, setDetailed] = useState<string | null>(null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { title: '', days: '0' },
    send: ({ title, days }) =>
      call<Task>('POST', '/tasks', { body: { title, dueDay: days === 'none' ? null : dayIn(Number(days)) } }),
    done: () => {
      form.setFieldValue('title', '');
      void client.invalidateQueries({ queryKey: ['tasks'] });
    },
  });
  return (
    <>
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
          <Group gap="xs">
            <Button size="xs" variant="subtle" color="gray" onClick={() => setDetailed(form.values.title)}>
              {texts.more}
            </Button>
            <Button type="submit" size="xs" loading={pending}>
              {texts.add}
            </Button>
          </Group>
        </Group>
        <FormError error={error} known={['title']} />
      </form>
      {/* Beside the form: what its own form submits would come to this one too. */}
      <TaskDialog task={detailed === null ? null : { title: detailed }} onClose={() => setDetailed(null)} onSaved={form.reset} />
    </>
  );
}
