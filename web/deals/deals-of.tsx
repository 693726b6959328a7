import { Badge, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { useAllowed } from '../identity/allowed.ts';
import { Related } from '../records/related.tsx';
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
  const { can } = useAllowed();
  const { data } = useQuery({
    queryKey: ['deals', 'of', noun, id],
    queryFn: ({ signal }) => call<Page<Deal>>('GET', '/deals', { query: { [`filter[${noun}Id]`]: id, limit: 100 }, signal }),
  });
  return (
    <Related
      title={shared.deals}
      records={data?.data.toSorted((a, b) => Number(b.status === 'open') - Number(a.status === 'open'))}
      none={texts.noDeals}
      row={(deal) => <DealLine deal={deal} />}
      mayChange={can('deal', 'create')}
      addLabel={texts.newDeal}
      form={(done) => <NewDeal begin={begin} onDone={done} />}
    />
  );
}

function DealLine({ deal }: { deal: Deal }) {
  return (
    <>
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
    </>
  );
}
