import { Alert, Badge, Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import type { Mailbox } from '../records.ts';
import { agoOf } from '../times.ts';
import { Ledger } from './ledger.tsx';
import { isBusy } from './mailboxes.ts';
import { texts } from './texts.ts';

const colours: Record<Mailbox['state'], string> = {
  connecting: 'blue',
  live: 'green',
  unreachable: 'orange',
  throttled: 'orange',
  rejected: 'red',
  needs_reauthorisation: 'red',
  paused: 'gray',
};

const counts = ['found', 'logged', 'waiting', 'skipped', 'quarantined'] as const;

/** A mailbox: its state with the server's own words, how far its import is, and what can be done with it. */
export function MailboxCard({ mailbox }: { mailbox: Mailbox }) {
  const client = useQueryClient();
  const [asked, disconnecting] = useDisclosure();
  const [ledgerShown, ledger] = useDisclosure();
  const pause = useMutation({
    mutationFn: (paused: boolean) => call('PATCH', `/mailboxes/${mailbox.id}`, { body: { paused }, version: mailbox.version }),
    onSettled: () => client.invalidateQueries({ queryKey: ['mailboxes'] }),
  });
  const percent = Math.floor(mailbox.import.progress * 100);
  return (
    <Stack className="panel" p="md" gap="xs" component="section" aria-label={mailbox.address}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {mailbox.address}
          </Text>
          <Badge color={colours[mailbox.state]} variant="light">
            {texts.states[mailbox.state]}
          </Badge>
        </Group>
        <Group gap={4}>
          <Button size="compact-sm" variant="subtle" onClick={ledger.open}>
            {texts.why}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            loading={pause.isPending}
            onClick={() => pause.mutate(mailbox.state !== 'paused')}
          >
            {mailbox.state === 'paused' ? texts.resume : texts.pause}
          </Button>
          <Button size="compact-sm" variant="subtle" c="var(--mantine-color-error)" onClick={disconnecting.open}>
            {texts.disconnect}
          </Button>
        </Group>
      </Group>
      {mailbox.error === null ? null : (
        <Alert color="orange" p="xs" c="var(--mantine-color-text)">
          {mailbox.error} {mailbox.retryAt === null ? '' : texts.retry(agoOf(mailbox.retryAt))}
        </Alert>
      )}
      {isBusy(mailbox) ? (
        <div>
          <Text size="sm" aria-live="polite">
            {texts.importing(percent)}
          </Text>
          <Progress value={percent} mt={4} animated aria-label={texts.importing(percent)} />
        </div>
      ) : null}
      <Text size="sm" c="dimmed">
        {counts
          .filter((count) => count === 'found' || count === 'logged' || mailbox.import[count] > 0)
          .map((count) => `${mailbox.import[count].toLocaleString()} ${texts.counts[count]}`)
          .join(' · ')}
        {mailbox.syncedAt === null ? '' : ` · ${texts.lastSync(agoOf(mailbox.syncedAt))}`}
      </Text>
      <Text size="sm" c="dimmed">
        {texts.createContacts}: {texts.creations[mailbox.createContacts]} · {texts.visibility}:{' '}
        {texts.visibilities[mailbox.visibility]}
      </Text>
      <FormError error={pause.error} />
      <Disconnect mailbox={mailbox} opened={asked} onClose={disconnecting.close} />
      <Ledger mailbox={mailbox} opened={ledgerShown} onClose={ledger.close} />
    </Stack>
  );
}

function Disconnect({ mailbox, opened, onClose }: { mailbox: Mailbox; opened: boolean; onClose(): void }) {
  const client = useQueryClient();
  const disconnect = useMutation({
    mutationFn: () => call<void>('DELETE', `/mailboxes/${mailbox.id}`),
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: ['mailboxes'] });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={texts.disconnectTitle(mailbox.address)}>
      <Text mb="md">{texts.disconnectText}</Text>
      <FormError error={disconnect.error} />
      <Button color="red.9" loading={disconnect.isPending} onClick={() => disconnect.mutate()} data-autofocus>
        {texts.disconnect}
      </Button>
    </Modal>
  );
}
