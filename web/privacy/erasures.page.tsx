import { Table, Text } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useAllowed } from '../identity/allowed.ts';
import { listQuery, usersQuery } from '../queries.ts';
import type { Erasure } from '../records.ts';
import { PageLink } from '../shell/link.tsx';
import { ListPanel, LoadMore } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { momentOf } from '../times.ts';
import { EraseAddress } from './erase-address.tsx';
import { texts } from './texts.ts';

/** The receipts of all erasures, those asked for last first. */
export function ErasuresPage() {
  const { can } = useAllowed();
  return (
    <Page title={shared.erasures} tools={can('erasure', 'create') ? <EraseAddress /> : undefined}>
      <Receipts />
    </Page>
  );
}

function Receipts() {
  const query = useInfiniteQuery(listQuery<Erasure>('erasures', { limit: 50 }));
  const erasures = query.data?.pages.flatMap((page) => page.data);
  return (
    <>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.erasuresText}
      </Text>
      <ListPanel items={erasures} error={query.error} icon={IconEraser} emptyTitle={texts.emptyTitle} empty={texts.empty}>
        {(found) => <ReceiptTable erasures={found} />}
      </ListPanel>
      <LoadMore query={query} />
    </>
  );
}

function ReceiptTable({ erasures }: { erasures: readonly Erasure[] }) {
  const { data: users } = useQuery(usersQuery);
  const nameOf = (id: string | null) => users?.data.find((user) => user.id === id)?.name ?? shared.empty;
  return (
    <Table verticalSpacing={6} horizontalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{texts.requested}</Table.Th>
          <Table.Th>{texts.by}</Table.Th>
          <Table.Th>{texts.state}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {erasures.map(({ id, requestedAt, requestedBy, state }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <PageLink to="/settings/erasures/$id" params={{ id }} size="sm">
                {momentOf(requestedAt)}
              </PageLink>
            </Table.Td>
            <Table.Td>{nameOf(requestedBy)}</Table.Td>
            <Table.Td>{texts.states[state]}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
