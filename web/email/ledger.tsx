import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { LedgerEntry } from '../../src/email/mailbox.schema.ts';
import { call, type Page } from '../api.ts';
import { FormError } from '../form.tsx';
import type { Mailbox } from '../records.ts';
import { momentOf } from '../times.ts';
import { texts } from './texts.ts';

type Entry = z.output<typeof LedgerEntry>;

/** Why a mail is or is not on a timeline: what became of each, and by which rule. */
export function Ledger({ mailbox, opened, onClose }: { mailbox: Mailbox; opened: boolean; onClose(): void }) {
  const [typed, setTyped] = useState('');
  const [wanted] = useDebouncedValue(typed.trim(), 250);
  const query = /^<.*>$/.test(wanted) ? { messageId: wanted } : { address: wanted };
  const { data, error } = useQuery({
    queryKey: ['ledger', mailbox.id, wanted],
    queryFn: ({ signal }) => call<Page<Entry>>('GET', `/mailboxes/${mailbox.id}/ledger`, { query, signal }),
    enabled: opened && wanted !== '',
    placeholderData: keepPreviousData,
  });
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={texts.whyTitle(mailbox.address)}>
      <TextInput label={texts.whyLabel} data-autofocus value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <FormError error={error} />
      <Stack gap="xs" mt="md" aria-live="polite">
        {wanted !== '' && data?.data.length === 0 ? <Text c="dimmed">{texts.whyNothing}</Text> : null}
        {(wanted === '' ? [] : (data?.data ?? [])).map((entry) => (
          <div key={`${entry.folder} ${entry.uid}`}>
            <Text size="sm">{entry.explanation}</Text>
            <Text size="xs" c="dimmed">
              {[entry.sender, entry.folder, momentOf(entry.at), entry.headerId].filter(Boolean).join(' · ')}
            </Text>
          </div>
        ))}
      </Stack>
    </Modal>
  );
}
