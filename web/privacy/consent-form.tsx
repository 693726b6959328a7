import { Button, NativeSelect, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { Consent } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { localDayOf, startOf, startOfDay } from '../times.ts';
import { texts } from './texts.ts';

/** What is about to be said of a purpose; an empty one is yet to be named. */
export type Draft = Pick<Consent, 'purpose' | 'status' | 'basis'>;

interface ConsentFormProps {
  contactId: string;
  draft: Draft;
  onDone(): void;
}

const options = (words: Record<string, string>) => Object.entries(words).map(([value, label]) => ({ value, label }));
const today = () => localDayOf(startOfDay().toISOString());

/** Says on what basis a purpose rests or that it is withdrawn, how that is known and since which day. */
export function ConsentForm({ contactId, draft, onDone }: ConsentFormProps) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { ...draft, source: '', since: today() },
    send: ({ purpose, since, source, ...said }) =>
      call<{ data: Consent[] }>('PUT', `/contacts/${contactId}/consents/${encodeURIComponent(purpose.trim())}`, {
        // Of today it is now: the day's beginning may lie before what it follows.
        body: {
          ...said,
          source: source.trim() || null,
          ...(since === null || since === today() ? {} : { since: startOf(since) }),
        },
      }),
    fields: ({ 'path.purpose': purpose, ...errors }) => (purpose === undefined ? errors : { ...errors, purpose }),
    done: (consents) => {
      client.setQueryData(['consents', contactId], consents);
      void client.invalidateQueries({ queryKey: ['contact', contactId] });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput
        label={texts.purpose}
        description={texts.purposeHint}
        required
        maxLength={60}
        disabled={draft.purpose !== ''}
        data-autofocus={draft.purpose === ''}
        {...form.getInputProps('purpose')}
      />
      <NativeSelect label={texts.status} data={options(texts.statuses)} {...form.getInputProps('status')} />
      <NativeSelect label={texts.basis} data={options(texts.bases)} {...form.getInputProps('basis')} />
      <TextInput
        label={texts.source}
        placeholder={texts.sourceHint}
        maxLength={500}
        data-autofocus={draft.purpose !== ''}
        {...form.getInputProps('source')}
      />
      <DateInput label={texts.since} valueFormat="YYYY-MM-DD" maxDate={startOfDay()} {...form.getInputProps('since')} />
      <FormError error={error} known={['path.purpose', 'status', 'basis', 'source', 'since']} />
      <Button type="submit" loading={pending}>
        {shared.save}
      </Button>
    </Form>
  );
}
