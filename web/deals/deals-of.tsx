import { Badge, Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import type { Deal } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { texts as shared } from '../texts.ts';
import { moneyOf } from '../times.ts';
import { NewDeal } from './new-deal.tsx';
import { texts } from './texts.ts';

/** With whom deals are. */
export interface With {
  contactId?: string;
  contactName?: string;
  companyId?: string | null;
  companyName?: string | null;
}

/** The deals with a contact or a company, open ones first, and a way to a new one. */
export function DealsOf({ noun, id, begin }: { noun: 'contact' | 'company'; id: string; begin: With }) {
  const [opened, dialog] = useDisclosure();
  const { data } = useQuery({
    queryKey: ['deals', 'of', noun, id],
    queryFn: ({ signal }) => call<Page<Deal>>('GET', '/deals', { query: { [`filter[${noun}Id]`]: id, limit: 100 }, signal }),
  });
  const deals = [...(data?.data ?? [])].sort((a, b) => Number(b.status === 'open') - Number(a.status === 'open'));
  return (
    <Stack gap={4} mt="md" px={8} component="section" aria-label={shared.deals}>
      <Title order={2} fz="sm">
        {shared.deals}
      </Title>
      {data?.data.length === 0 ? <Text c="dimmed">{texts.noDeals}</Text> : null}
      {deals.map((deal) => (
        <div key={deal.id}>
          <PageLink to="/deals/$id" params={{ id: deal.id }} size="sm">
            {deal.name}
          </PageLink>
          <Group gap={6}>
            <Text size="xs" c="dimmed">
              {[deal.stageName, deal.amount === null ? null : moneyOf(deal.amount, deal.currency)].filter(Boolean).join(' · ')}
            </Text>
            {deal.status === 'open' ? null : (
              <Badge size="xs" variant="light" color={deal.status === 'won' ? 'green' : 'red'}>
                {texts.status[deal.status]}
              </Badge>
            )}
          </Group>
        </div>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        onClick={dialog.open}
        style={{ alignSelf: 'flex-start' }}
        ml={-8}
      >
        {texts.newDeal}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={texts.newDeal}>
        <NewDeal begin={begin} onDone={dialog.close} />
      </Modal>
    </Stack>
  );
}
