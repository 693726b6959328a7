import { Button, Group, Modal, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call, type Page as ListPage } from '../api.ts';
import { FormError } from '../form.tsx';
import type { WebhookEndpoint, WebhookSource } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { EndpointCard } from './endpoint-card.tsx';
import { NewEndpoint } from './new-endpoint.tsx';
import { NewSource } from './new-source.tsx';
import { SourceCard } from './source-card.tsx';
import { texts } from './texts.ts';

/** What other systems push in, and what they are told. */
export function WebhooksPage() {
  const sources = useQuery({
    queryKey: ['webhook-sources'],
    queryFn: ({ signal }) => call<ListPage<WebhookSource>>('GET', '/webhook-sources', { query: { limit: 200 }, signal }),
  });
  const endpoints = useQuery({
    queryKey: ['webhook-endpoints'],
    queryFn: ({ signal }) => call<ListPage<WebhookEndpoint>>('GET', '/webhook-endpoints', { query: { limit: 200 }, signal }),
  });
  return (
    <Page title={shared.webhooks}>
      <Stack gap="xl">
        <Section
          title={texts.sources}
          text={texts.sourcesText}
          newLabel={texts.newSource}
          emptyTitle={texts.noSourcesTitle}
          empty={texts.noSources}
          list={sources.data?.data.map((source) => <SourceCard key={source.id} source={source} />)}
          error={sources.error}
          dialog={(close) => <NewSource onDone={close} />}
        />
        <Section
          title={texts.endpoints}
          text={texts.endpointsText}
          newLabel={texts.newEndpoint}
          emptyTitle={texts.noEndpointsTitle}
          empty={texts.noEndpoints}
          list={endpoints.data?.data.map((endpoint) => <EndpointCard key={endpoint.id} endpoint={endpoint} />)}
          error={endpoints.error}
          dialog={(close) => <NewEndpoint onDone={close} />}
        />
      </Stack>
    </Page>
  );
}

interface SectionProps {
  title: string;
  text: string;
  newLabel: string;
  emptyTitle: string;
  empty: string;
  list: ReactNode[] | undefined;
  error: Error | null;
  dialog(close: () => void): ReactNode;
}

function Section({ title, text, newLabel, emptyTitle, empty, list, error, dialog }: SectionProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <section aria-label={title}>
      <Group justify="space-between" gap="xs">
        <Title order={2}>{title}</Title>
        <Button size="xs" leftSection={<IconPlus size={16} />} onClick={open}>
          {newLabel}
        </Button>
      </Group>
      <Text c="dimmed" mb="sm">
        {text}
      </Text>
      <FormError error={error} />
      {list === undefined && error === null ? <Skeleton h={100} /> : null}
      {list?.length === 0 ? (
        <div className="panel">
          <Empty icon={IconWebhook} title={emptyTitle}>
            {empty}
          </Empty>
        </div>
      ) : null}
      <Stack gap="sm">{list}</Stack>
      <Modal opened={opened} onClose={close} size="lg" title={newLabel}>
        {dialog(close)}
      </Modal>
    </section>
  );
}
