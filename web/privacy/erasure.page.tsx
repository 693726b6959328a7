import { Progress, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { call } from '../api.ts';
import { usersQuery } from '../queries.ts';
import type { ErasureWithRun } from '../records.ts';
import { Crash } from '../shell/errors.tsx';
import { Page } from '../shell/page.tsx';
import { momentOf } from '../times.ts';
import { texts } from './texts.ts';

/** How far an erasure is while it runs, and its receipt ever after. */
export function ErasurePage() {
  const { id } = useParams({ from: '/inside/settings/erasures/$id' });
  const { data: erasure, error } = useQuery({
    queryKey: ['erasure', id],
    queryFn: ({ signal }) => call<ErasureWithRun>('GET', `/erasures/${id}`, { signal }),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 1_000 : false),
  });
  if (error !== null && erasure === undefined) return <Crash error={error} />;
  return (
    <Page title={texts.receipt}>
      <div className="panel">
        <Stack p="md" gap="sm" maw={560}>
          {erasure === undefined ? <Skeleton h={160} /> : <Receipt erasure={erasure} />}
        </Stack>
      </div>
    </Page>
  );
}

function Receipt({ erasure }: { erasure: ErasureWithRun }) {
  const { data: users } = useQuery(usersQuery);
  const who = users?.data.find(({ id }) => id === erasure.requestedBy)?.name ?? texts.somebody;
  const counts = Object.entries(erasure.counts).filter(([, count]) => count > 0);
  return (
    <>
      <Standing erasure={erasure} />
      {counts.length === 0 ? null : (
        <Table verticalSpacing={4}>
          <Table.Tbody>
            {counts.map(([kind, count]) => (
              <Table.Tr key={kind}>
                <Table.Td>{texts.kinds[kind] ?? kind}</Table.Td>
                <Table.Td ta="right">{count}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Text size="sm" c="dimmed">
        {texts.requestedBy(who, momentOf(erasure.requestedAt))}
      </Text>
      {erasure.finishedAt === null ? null : (
        <Text size="sm" c="dimmed">
          {texts.finished(momentOf(erasure.finishedAt))}
        </Text>
      )}
    </>
  );
}

/** The steps in their order. They are said here again since their schema would bring its library along; one that is missing does not compile. */
const steps = Object.keys({
  messages: true,
  ledger: true,
  activities: true,
  tasks: true,
  files: true,
  deals: true,
  receipts: true,
  rejections: true,
  answers: true,
  log: true,
  mentions: true,
  elsewhere: true,
  contents: true,
} satisfies Record<ErasureWithRun['step'], true>);

function Standing({ erasure: { state, step, run } }: { erasure: ErasureWithRun }) {
  const isDone = state === 'done';
  const share = isDone ? 100 : (100 * steps.indexOf(step)) / steps.length;
  return (
    <div role="status">
      <Progress value={share} color={isDone ? 'green' : 'blue'} aria-label={texts.progress} mb="xs" />
      <Text fw={600}>{run.awaiting ?? texts.begins}</Text>
      {run.next === null ? null : <Text size="sm">{texts.next(run.next)}</Text>}
      {run.error === null ? null : (
        <Text size="sm" c="var(--mantine-color-error)">
          {run.error}
        </Text>
      )}
      {!isDone && run.engine === 'unavailable' ? (
        <Text size="sm" c="dimmed">
          {texts.engineAway}
        </Text>
      ) : null}
    </div>
  );
}
