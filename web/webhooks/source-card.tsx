import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { FormError } from '../form.tsx';
import type { WebhookReceipt, WebhookSource } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { PageLink } from '../shell/link.tsx';
import { momentOf } from '../times.ts';
import { texts } from './texts.ts';

/** A source: its address, and what arrived last. */
export function SourceCard({ source }: { source: WebhookSource }) {
  const client = useQueryClient();
  const [shown, { toggle }] = useDisclosure();
  const change = useMutation({
    mutationFn: (disabled: boolean) =>
      call('PATCH', `/webhook-sources/${source.id}`, { body: { disabled }, version: source.version }),
    onSettled: () => client.invalidateQueries({ queryKey: ['webhook-sources'] }),
  });
  const off = source.disabledAt !== null;
  return (
    <Stack className="panel" p="md" gap="xs" component="section" aria-label={source.name}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text fw={600}>{source.name}</Text>
          <Badge variant="default">{texts.presets[source.preset]}</Badge>
          {off ? (
            <Badge color="gray" variant="light">
              {texts.off}
            </Badge>
          ) : null}
        </Group>
        <Group gap={4}>
          <Button size="compact-sm" variant="subtle" onClick={toggle} aria-expanded={shown}>
            {texts.receipts}
          </Button>
          <Button size="compact-sm" variant="subtle" loading={change.isPending} onClick={() => change.mutate(!off)}>
            {off ? texts.turnOn : texts.turnOff}
          </Button>
        </Group>
      </Group>
      <Copyable text={source.url} label={`${texts.address} ${source.name}`} />
      <FormError error={change.error} />
      {shown ? <Receipts sourceId={source.id} /> : null}
    </Stack>
  );
}

const colours: Record<WebhookReceipt['state'], string> = {
  received: 'blue',
  done: 'green',
  failed: 'red',
  skipped: 'gray',
};

function Receipts({ sourceId }: { sourceId: string }) {
  const { data, error } = useQuery({
    queryKey: ['receipts', sourceId],
    queryFn: ({ signal }) =>
      call<Page<WebhookReceipt>>('GET', `/webhook-sources/${sourceId}/receipts`, { query: { limit: 20 }, signal }),
  });
  return (
    <Stack gap={6}>
      <FormError error={error} />
      {data?.data.length === 0 ? <Text c="dimmed">{texts.noReceipts}</Text> : null}
      {data?.data.map((receipt) => (
        <Group key={receipt.id} gap="xs">
          <Badge color={colours[receipt.state]} variant="light">
            {texts.receiptStates[receipt.state]}
          </Badge>
          <Text size="sm" c="dimmed">
            {momentOf(receipt.receivedAt)}
          </Text>
          {receipt.contactId === null ? null : (
            <PageLink to="/contacts/$id" params={{ id: receipt.contactId }} size="sm">
              {texts.contact}
            </PageLink>
          )}
          {receipt.error === null ? null : (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {receipt.error}
            </Text>
          )}
        </Group>
      ))}
    </Stack>
  );
}
