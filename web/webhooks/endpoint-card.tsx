import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { FormError } from '../form.tsx';
import type { WebhookDelivery, WebhookEndpoint } from '../records.ts';
import { agoOf, momentOf } from '../times.ts';
import { texts } from './texts.ts';

/** An endpoint: what it hears, how it fares, and its deliveries. */
export function EndpointCard({ endpoint }: { endpoint: WebhookEndpoint }) {
  const client = useQueryClient();
  const [shown, { toggle, open }] = useDisclosure();
  const path = `/webhook-endpoints/${endpoint.id}`;
  const change = useMutation({
    mutationFn: (disabled: boolean) => call('PATCH', path, { body: { disabled }, version: endpoint.version }),
    onSettled: () => client.invalidateQueries({ queryKey: ['webhook-endpoints'] }),
  });
  const test = useMutation({
    mutationFn: () => call('POST', `${path}/test`),
    onSuccess: open,
    onSettled: () => client.invalidateQueries({ queryKey: ['deliveries', endpoint.id] }),
  });
  return (
    <Stack className="panel" p="md" gap="xs" component="section" aria-label={endpoint.url}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs" miw={0}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {endpoint.url}
          </Text>
          {endpoint.disabledReason === null ? null : (
            <Badge color="gray" variant="light">
              {texts.disabled[endpoint.disabledReason]}
            </Badge>
          )}
          {endpoint.failingSince === null ? null : (
            <Badge color="red" variant="light">
              {texts.failingSince(momentOf(endpoint.failingSince))}
            </Badge>
          )}
        </Group>
        <Group gap={4}>
          <Button size="compact-sm" variant="subtle" onClick={toggle} aria-expanded={shown}>
            {texts.deliveries}
          </Button>
          <Button size="compact-sm" variant="subtle" loading={test.isPending} onClick={() => test.mutate()}>
            {texts.test}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            loading={change.isPending}
            onClick={() => change.mutate(endpoint.disabledAt === null)}
          >
            {endpoint.disabledAt === null ? texts.turnOff : texts.turnOn}
          </Button>
        </Group>
      </Group>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {[endpoint.description, endpoint.eventTypes?.join(', ') ?? texts.allEvents].filter(Boolean).join(' · ')}
      </Text>
      <FormError error={change.error ?? test.error} />
      {shown ? <Deliveries endpointId={endpoint.id} /> : null}
    </Stack>
  );
}

const colours: Record<WebhookDelivery['state'], string> = {
  pending: 'blue',
  delivered: 'green',
  failed: 'red',
  gone: 'gray',
};

function Deliveries({ endpointId }: { endpointId: string }) {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['deliveries', endpointId],
    queryFn: ({ signal }) =>
      call<Page<WebhookDelivery>>('GET', `/webhook-endpoints/${endpointId}/deliveries`, { query: { limit: 20 }, signal }),
    refetchInterval: (query) => (query.state.data?.data.some(({ state }) => state === 'pending') ? 2_000 : 15_000),
  });
  const redeliver = useMutation({
    mutationFn: (id: string) => call('POST', `/webhook-deliveries/${id}/redeliver`),
    onSettled: () => client.invalidateQueries({ queryKey: ['deliveries', endpointId] }),
  });
  return (
    <Stack gap={6}>
      <FormError error={error ?? redeliver.error} />
      {data?.data.length === 0 ? <Text c="dimmed">{texts.noDeliveries}</Text> : null}
      {data?.data.map((delivery) => (
        <Group key={delivery.id} gap="xs">
          <Badge color={colours[delivery.state]} variant="light">
            {texts.deliveryStates[delivery.state]}
          </Badge>
          <Text size="sm">{delivery.eventType}</Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {[
              momentOf(delivery.createdAt),
              texts.attempts(delivery.attempts),
              delivery.lastStatus === null ? delivery.lastError : texts.answered(delivery.lastStatus),
              delivery.state === 'pending' && delivery.nextAttemptAt !== null
                ? texts.nextAttempt(agoOf(delivery.nextAttemptAt))
                : null,
            ]
              .filter(Boolean)
              .join(' · ')}
          </Text>
          {delivery.state === 'pending' ? null : (
            <Button size="compact-xs" variant="subtle" onClick={() => redeliver.mutate(delivery.id)}>
              {texts.redeliver}
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  );
}
