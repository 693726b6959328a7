import { Alert, Button, Group, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import type { Message } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { mailboxesQuery } from './mailboxes.ts';
import { texts } from './texts.ts';

interface MailDraft {
  subject: string;
  text: string;
  mailboxId: string | null;
  /** Names this one mail: a repeat after a lost answer does not send it twice. */
  key: string;
}

const blank = (): MailDraft => ({ subject: '', text: '', mailboxId: null, key: randomKey() });

/** `crypto.randomUUID` is missing over plain http. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

interface MailComposerProps {
  to: string | null;
  contactId: string;
}

/** Writes a mail to a contact from a mailbox of mine. The draft outlives a reload and a lost connection. */
export function MailComposer({ to, contactId }: MailComposerProps) {
  const { data: mailboxes } = useQuery(mailboxesQuery);
  const client = useQueryClient();
  const [draft, setDraft] = useSessionStorage<MailDraft>({
    key: `mail-${contactId}`,
    defaultValue: blank(),
    getInitialValueInEffect: false,
  });
  const from = draft.mailboxId ?? mailboxes?.data[0]?.id ?? null;
  const send = useMutation({
    mutationFn: () =>
      call<Message>('POST', '/messages', {
        body: { mailboxId: from, to: [to], subject: draft.subject, text: draft.text, contactId },
        idempotencyKey: draft.key,
      }),
    onSuccess: () => {
      setDraft(blank());
      void client.invalidateQueries({ queryKey: ['timeline', 'contact', contactId] });
    },
  });
  const change = (part: Partial<MailDraft>) => setDraft({ ...draft, ...part });
  if (to === null) return <Alert color="blue">{texts.noAddress}</Alert>;
  if (mailboxes?.data.length === 0) {
    return (
      <Alert color="blue">
        {texts.noMailbox} <PageLink to="/settings/mailboxes">{texts.connect}</PageLink>
      </Alert>
    );
  }
  return (
    <Stack gap="xs">
      <Group grow gap="xs">
        <Select
          size="xs"
          label={texts.from}
          data={(mailboxes?.data ?? []).map(({ id, address }) => ({ value: id, label: address }))}
          allowDeselect={false}
          value={from}
          onChange={(mailboxId) => change({ mailboxId })}
        />
        <TextInput size="xs" label={texts.to} value={to} readOnly />
      </Group>
      <TextInput
        size="sm"
        label={texts.subject}
        value={draft.subject}
        onChange={(event) => change({ subject: event.currentTarget.value })}
      />
      <Textarea
        label={texts.text}
        autosize
        minRows={4}
        maxRows={18}
        value={draft.text}
        onChange={(event) => change({ text: event.currentTarget.value })}
      />
      <FormError error={send.error} />
      <Group justify="flex-end">
        <Button
          size="xs"
          loading={send.isPending}
          disabled={draft.subject.trim() === '' || draft.text.trim() === '' || from === null}
          onClick={() => send.mutate()}
        >
          {texts.send}
        </Button>
      </Group>
    </Stack>
  );
}
