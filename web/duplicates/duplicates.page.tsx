import { Badge, Button, Group, SegmentedControl, Skeleton, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCopyCheck } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { likeness } from '../../src/near-matches.schema.ts';
import { call, messageOf } from '../api.ts';
import { FormError } from '../form.tsx';
import { type AnyRecord, RecordLink } from '../lists/cells.tsx';
import { labelOf } from '../lists/objects.ts';
import { listQuery } from '../queries.ts';
import { collection } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { LoadMore } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

type Doubled = keyof typeof texts.kinds;

interface Pair {
  id: string;
  object: Doubled;
  score: z.output<typeof likeness.score>;
  reasons: z.output<typeof likeness.reasons>;
  records: [AnyRecord, AnyRecord];
}

/** Pairs of records that may be the same, side by side, to be looked at one by one. */
export function DuplicatesPage() {
  const [object, setObject] = useState<Doubled>('contact');
  const query = useInfiniteQuery({
    ...listQuery<Pair>('duplicates', { object, limit: 20 }),
    // A change of either record may end a pair.
    queryKey: [collection[object], 'duplicates'],
    placeholderData: () => undefined,
  });
  const pairs = query.data?.pages.flatMap((page) => page.data);
  return (
    <Page title={texts.title}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.text}
      </Text>
      <SegmentedControl
        size="xs"
        mb="sm"
        aria-label={texts.kind}
        data={Object.entries(texts.kinds).map(([value, label]) => ({ value, label }))}
        value={object}
        onChange={(next) => setObject(next as Doubled)}
      />
      <FormError error={query.error} />
      {pairs === undefined && query.error === null ? <Skeleton h={200} /> : null}
      {pairs?.length === 0 ? (
        <div className="panel">
          <Empty icon={IconCopyCheck} title={texts.emptyTitle}>
            {texts.empty}
          </Empty>
        </div>
      ) : null}
      <Stack gap="sm">
        {pairs?.map((pair) => (
          <PairCard key={pair.id} pair={pair} />
        ))}
      </Stack>
      <LoadMore query={query} />
    </Page>
  );
}

const nameOf = ({ name, email }: AnyRecord): string => String(name || email || shared.empty);

/** Fields in the order in which they tell two records apart; those that are empty on both are left out. */
const compared: Record<Doubled, readonly string[]> = {
  contact: ['email', 'phone', 'mobile', 'companyName', 'title', 'department', 'city', 'country', 'leadSource'],
  company: ['domain', 'website', 'phone', 'industry', 'addressLine1', 'postalCode', 'city', 'country'],
};

function PairCard({ pair: { id, object, score, reasons, records } }: { pair: Pair }) {
  const client = useQueryClient();
  const dismiss = useMutation({
    mutationFn: () => call<void>('POST', `/duplicates/${id}/dismiss`),
    onError: (error) => notifications.show({ color: 'red', title: texts.notDismissed, message: messageOf(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: [collection[object], 'duplicates'] }),
  });
  const [one, other] = records;
  const fields = compared[object].filter((name) =>
    [one[name], other[name]].some((value) => value !== null && value !== undefined),
  );
  return (
    <section className="panel" style={{ padding: 12 }} aria-label={texts.pair(nameOf(one), nameOf(other))}>
      <Group justify="space-between" gap="xs" mb={6}>
        <Group gap="xs">
          <Badge variant="light">{texts.likely(score)}</Badge>
          <Text size="sm" c="dimmed">
            {reasons.map((reason) => texts.reasons[reason]).join(', ')}
          </Text>
        </Group>
        <Button
          size="compact-sm"
          variant="default"
          loading={dismiss.isPending}
          aria-label={texts.dismissNamed(nameOf(one), nameOf(other))}
          onClick={() => dismiss.mutate()}
        >
          {texts.dismiss}
        </Button>
      </Group>
      <Table layout="fixed" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="26%" aria-label={texts.field} />
            {records.map((record) => (
              <Table.Th key={record.id} style={{ overflowWrap: 'anywhere' }}>
                <RecordLink noun={object} id={record.id}>
                  {nameOf(record)}
                </RecordLink>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((name) => (
            <Table.Tr key={name}>
              <Table.Td c="dimmed">{labelOf(object, { name, label: null })}</Table.Td>
              {records.map((record) => (
                <Table.Td key={record.id} fw={one[name] === other[name] ? 400 : 600} style={{ overflowWrap: 'anywhere' }}>
                  {String(record[name] ?? shared.empty)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
