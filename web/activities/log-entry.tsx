import { Button, Group, NumberInput, SegmentedControl, Textarea } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import { TaskDialog } from '../tasks/task-form.tsx';
import { startOfDay } from '../times.ts';
import type { About, Draft } from './draft.ts';
import { texts } from './texts.ts';

const placeholders: Record<string, string> = {
  note: texts.notePlaceholder,
  call: texts.callPlaceholder,
  meeting: texts.meetingPlaceholder,
  task: texts.taskPlaceholder,
};

interface LogEntryProps {
  about: About;
  draft: Draft;
  /** Whether its details are shown. */
  open: boolean;
  onChange(part: Partial<Draft>): void;
  onOpen(): void;
  onLogged(): void;
}

/** Logs an activity of some type on a record, or plans a task for it. */
export function LogEntry({ about, draft, open, onChange, onOpen, onLogged }: LogEntryProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const client = useQueryClient();
  const [detailed, setDetailed] = useState(false);
  const send = useMutation({
    mutationFn: () => write(draft, about),
    onSuccess: () => {
      onLogged();
      void client.invalidateQueries({ queryKey: ['timeline', about.noun, about.id] });
      void client.invalidateQueries({ queryKey: [about.noun, about.id] });
      void client.invalidateQueries({ queryKey: ['tasks'] });
      area.current?.focus();
    },
  });
  const submit = () => draft.text.trim() !== '' && !send.isPending && send.mutate();
  return (
    <>
      <Textarea
        ref={area}
        aria-label={texts.text}
        placeholder={placeholders[draft.kind] ?? texts.placeholder}
        autosize
        minRows={open ? 2 : 1}
        maxRows={14}
        value={draft.text}
        onFocus={onOpen}
        onChange={(event) => onChange({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
        }}
        variant="unstyled"
      />
      {open ? (
        <Group justify="space-between" gap="xs">
          <Details draft={draft} onChange={onChange} />
          {draft.kind === 'task' ? (
            <Button size="xs" variant="subtle" color="gray" ml="auto" onClick={() => setDetailed(true)}>
              {texts.more}
            </Button>
          ) : null}
          <Button size="xs" onClick={submit} loading={send.isPending} disabled={draft.text.trim() === ''}>
            {draft.kind === 'task' ? texts.addTask : texts.log}
          </Button>
        </Group>
      ) : null}
      <FormError error={send.error} />
      <TaskDialog
        task={detailed ? { title: draft.text.trim().split('\n')[0] ?? '', ...taskLink(about) } : null}
        onClose={() => setDetailed(false)}
        onSaved={onLogged}
      />
    </>
  );
}

function Details({ draft, onChange }: { draft: Draft; onChange(part: Partial<Draft>): void }) {
  if (draft.kind === 'note') return <span />;
  if (draft.kind === 'task') {
    return (
      <DateTimePicker
        size="xs"
        w={190}
        aria-label={texts.due}
        placeholder={texts.due}
        clearable
        value={draft.due}
        onChange={(due) => onChange({ due })}
        presets={[
          { value: local(startOfDay(1)), label: texts.tomorrow },
          { value: local(startOfDay(7)), label: texts.nextWeek },
        ]}
      />
    );
  }
  return (
    <Group gap="xs">
      {draft.kind === 'call' ? (
        <SegmentedControl
          size="xs"
          aria-label={texts.direction}
          value={draft.direction}
          onChange={(direction) => onChange({ direction: direction as 'in' | 'out' })}
          data={[
            { value: 'out', label: texts.outgoing },
            { value: 'in', label: texts.incoming },
          ]}
        />
      ) : null}
      <NumberInput
        size="xs"
        w={110}
        min={0}
        aria-label={texts.minutes}
        placeholder={texts.minutes}
        value={draft.minutes ?? ''}
        onChange={(minutes) => onChange({ minutes: minutes === '' ? null : Number(minutes) })}
      />
    </Group>
  );
}

/** `YYYY-MM-DD HH:mm:ss` at nine in the morning of a day: how the picker writes times. */
const local = (day: Date): string =>
  `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')} 09:00:00`;

const taskLink = ({ noun, id }: About) =>
  noun === 'contact' ? { contactId: id } : noun === 'company' ? { companyId: id } : { dealId: id };

function write({ kind, text, minutes, direction, due }: Draft, { noun, id }: About): Promise<unknown> {
  const link = noun === 'contact' ? { contactIds: [id] } : noun === 'company' ? { companyId: id } : { dealId: id };
  const [firstLine = '', ...rest] = text.trim().split('\n');
  if (kind === 'task') {
    const dueDate = due === null ? {} : { dueDate: new Date(due.replace(' ', 'T')).toISOString() };
    return call('POST', '/tasks', {
      body: {
        title: firstLine.slice(0, 500),
        description: rest.join('\n').trim() || null,
        ...taskLink({ noun, id }),
        ...dueDate,
      },
    });
  }
  const subject = firstLine.length <= 200 ? firstLine : `${firstLine.slice(0, 199)}…`;
  const description = firstLine.length <= 200 ? rest.join('\n').trim() : text.trim();
  const facts = kind === 'note' ? {} : { duration: minutes, ...(kind === 'call' ? { direction } : {}) };
  return call('POST', '/activities', { body: { type: kind, subject, description: description || null, ...facts, ...link } });
}
