import { Button, Group, NumberInput, SegmentedControl, Stack, Textarea } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useSessionStorage } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import type { Noun } from '../records.ts';
import { startOfDay } from '../times.ts';
import { texts } from './texts.ts';

/** What an entry is about. */
export interface About {
  noun: Noun;
  id: string;
}

type Kind = 'note' | 'call' | 'meeting' | 'task';

const placeholders: Record<Kind, string> = {
  note: texts.notePlaceholder,
  call: texts.callPlaceholder,
  meeting: texts.meetingPlaceholder,
  task: texts.taskPlaceholder,
};

interface Draft {
  kind: Kind;
  text: string;
  minutes: number | null;
  direction: 'in' | 'out';
  due: string | null;
}

const blank: Draft = { kind: 'note', text: '', minutes: null, direction: 'out', due: null };

/** Logs a note, call or meeting on a record, or plans a task for it. What was typed outlives a reload and a lost connection. */
export function Composer({ about }: { about: About; email?: string | null }) {
  const [draft, setDraft] = useSessionStorage<Draft>({
    key: `draft-${about.noun}-${about.id}`,
    defaultValue: blank,
    getInitialValueInEffect: false,
  });
  const [open, setOpen] = useState(draft.text !== '');
  const area = useRef<HTMLTextAreaElement>(null);
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: (entry: Draft) => write(entry, about),
    onSuccess: () => {
      setDraft({ ...blank, kind: draft.kind });
      void client.invalidateQueries({ queryKey: ['timeline', about.noun, about.id] });
      void client.invalidateQueries({ queryKey: [about.noun, about.id] });
      void client.invalidateQueries({ queryKey: ['tasks'] });
      area.current?.focus();
    },
  });
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const submit = () => draft.text.trim() !== '' && !send.isPending && send.mutate(draft);
  return (
    <Stack className="panel" p="sm" gap="xs" mb="sm">
      <SegmentedControl
        size="xs"
        aria-label={texts.what}
        value={draft.kind}
        onChange={(kind) => {
          change({ kind: kind as Kind });
          setOpen(true);
        }}
        data={(['note', 'call', 'meeting', 'task'] as const).map((value) => ({ value, label: texts[value] }))}
        style={{ alignSelf: 'flex-start' }}
      />
      <Textarea
        ref={area}
        aria-label={texts.text}
        placeholder={placeholders[draft.kind]}
        autosize
        minRows={open ? 2 : 1}
        maxRows={14}
        value={draft.text}
        onFocus={() => setOpen(true)}
        onChange={(event) => change({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
        }}
        variant="unstyled"
      />
      {open ? (
        <Group justify="space-between" gap="xs">
          <Details draft={draft} onChange={change} />
          <Button size="xs" onClick={submit} loading={send.isPending} disabled={draft.text.trim() === ''}>
            {draft.kind === 'task' ? texts.addTask : texts.log}
          </Button>
        </Group>
      ) : null}
      <FormError error={send.error} />
    </Stack>
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

function write({ kind, text, minutes, direction, due }: Draft, { noun, id }: About): Promise<unknown> {
  const link = noun === 'contact' ? { contactIds: [id] } : noun === 'company' ? { companyId: id } : { dealId: id };
  const [firstLine = '', ...rest] = text.trim().split('\n');
  if (kind === 'task') {
    const about = noun === 'contact' ? { contactId: id } : link;
    const dueDate = due === null ? {} : { dueDate: new Date(due.replace(' ', 'T')).toISOString() };
    return call('POST', '/tasks', {
      body: { title: firstLine.slice(0, 500), description: rest.join('\n').trim() || null, ...about, ...dueDate },
    });
  }
  const subject = firstLine.length <= 200 ? firstLine : `${firstLine.slice(0, 199)}…`;
  const description = firstLine.length <= 200 ? rest.join('\n').trim() : text.trim();
  const facts = kind === 'call' ? { direction, duration: minutes } : kind === 'meeting' ? { duration: minutes } : {};
  return call('POST', '/activities', { body: { type: kind, subject, description: description || null, ...facts, ...link } });
}
