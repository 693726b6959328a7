import { Button, Group, Modal, MultiSelect, Select, Textarea, TextInput } from '@mantine/core';
import { DateInput, TimeInput } from '@mantine/dates';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { Task } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { type Due, dayIn, dueFields, dueOf } from './due.ts';
import { reminderChoices, ruleChoices } from './recurrences.ts';
import { texts } from './texts.ts';

/** What a new task begins with: its words, and what it is about. */
export interface NewTask {
  title?: string;
  contactId?: string | null;
  companyId?: string | null;
  dealId?: string | null;
}

interface TaskDialogProps {
  /** The task to edit, or what a new one begins with; null while the dialog is closed. */
  task: Task | NewTask | null;
  onClose(): void;
  onSaved?(): void;
}

/** Makes or edits a task: its day or time, what reminds of it, how it comes again. */
export function TaskDialog({ task, onClose, onSaved }: TaskDialogProps) {
  const done = () => {
    onClose();
    onSaved?.();
  };
  const title = task !== null && isTask(task) ? texts.editTask : texts.newTask;
  return (
    <Modal opened={task !== null} onClose={onClose} title={title}>
      {task === null ? null : <TaskForm task={task} onDone={done} />}
    </Modal>
  );
}

const isTask = (task: Task | NewTask): task is Task => 'id' in task;

interface Values extends Due {
  title: string;
  description: string;
  priority: Task['priority'];
  reminders: string[];
  recurrence: string | null;
}

const known = ['title', 'description', 'priority', 'day', 'time', 'reminders', 'recurrence'];

function TaskForm({ task, onDone }: { task: Task | NewTask; onDone(): void }) {
  const client = useQueryClient();
  const initial = valuesOf(task);
  const { form, onSubmit, pending, error } = useApiForm<Values, Task>({
    initial,
    send: (values) => save(task, changed(initial, values)),
    done: () => {
      void client.invalidateQueries({ queryKey: ['tasks'] });
      void client.invalidateQueries({ queryKey: ['timeline'] });
      onDone();
    },
    fields: ({ dueDate, dueDay, ...errors }) => (dueDate || dueDay ? { ...errors, day: dueDate ?? dueDay ?? '' } : errors),
  });
  const isPlanned = form.values.day !== null;
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.title} required maxLength={500} data-autofocus {...form.getInputProps('title')} />
      <Textarea label={texts.description} autosize minRows={2} maxRows={10} {...form.getInputProps('description')} />
      <Group grow align="flex-start" gap="sm">
        <DateInput
          label={texts.dueDay}
          valueFormat="YYYY-MM-DD"
          clearable
          clearButtonProps={{ 'aria-label': texts.clear(texts.dueDay) }}
          presets={[
            { value: dayIn(0), label: texts.today },
            { value: dayIn(1), label: texts.tomorrow },
            { value: dayIn(7), label: texts.inAWeek },
          ]}
          {...form.getInputProps('day')}
        />
        <TimeInput
          label={texts.dueTime}
          description={texts.wholeDay}
          inputWrapperOrder={['label', 'input', 'description']}
          disabled={!isPlanned}
          {...form.getInputProps('time')}
        />
      </Group>
      <Group grow align="flex-start" gap="sm">
        <Select
          label={texts.repeats}
          placeholder={texts.once}
          clearable
          clearButtonProps={{ 'aria-label': texts.clear(texts.repeats) }}
          disabled={!isPlanned}
          data={ruleChoices(initial.recurrence)}
          {...form.getInputProps('recurrence')}
        />
        <Select label={texts.priority} allowDeselect={false} data={priorities} {...form.getInputProps('priority')} />
      </Group>
      <MultiSelect
        label={texts.remind}
        placeholder={form.values.reminders.length === 0 ? texts.whenDue : ''}
        disabled={!isPlanned}
        data={reminderChoices(initial.reminders.map(Number))}
        {...form.getInputProps('reminders')}
      />
      <FormError error={error} known={known} />
      <Button type="submit" loading={pending}>
        {isTask(task) ? shared.save : texts.add}
      </Button>
    </Form>
  );
}

const priorities = (['low', 'normal', 'high', 'urgent'] as const).map((value) => ({ value, label: texts.priorities[value] }));

function valuesOf(task: Task | NewTask): Values {
  if (!isTask(task))
    return {
      title: task.title ?? '',
      description: '',
      priority: 'normal',
      day: dayIn(0),
      time: '',
      reminders: [],
      recurrence: null,
    };
  const { title, description, priority, reminders, recurrence } = task;
  return { title, description: description ?? '', priority, ...dueOf(task), reminders: reminders.map(String), recurrence };
}

/** The fields of the API that a form's values change; those that go together go together. */
function changed(from: Values, to: Values): Record<string, unknown> {
  const { day, time, reminders, ...plain } = to;
  const recurrence = day === null ? null : plain.recurrence;
  const fields = Object.entries({ ...plain, recurrence }).filter(([name, value]) => value !== from[name as keyof Values]);
  const isMoved = day !== from.day || time !== from.time;
  return {
    ...Object.fromEntries(fields),
    ...(isMoved ? dueFields({ day, time }) : {}),
    ...(String(reminders) === String(from.reminders) ? {} : { reminders: reminders.map(Number) }),
  };
}

function save(task: Task | NewTask, changes: Record<string, unknown>): Promise<Task> {
  if (isTask(task)) return call<Task>('PATCH', `/tasks/${task.id}`, { body: changes, version: task.version });
  const { title: _, ...about } = task;
  return call<Task>('POST', '/tasks', { body: { ...about, ...startOf(task), ...changes } });
}

/** What a new task has before anything is typed. */
const startOf = (task: NewTask) => ({ title: task.title ?? '', dueDay: dayIn(0) });
