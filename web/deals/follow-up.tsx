import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../api.ts';
import type { Run } from '../records.ts';
import { agoOf, momentOf } from '../times.ts';
import { texts } from './texts.ts';

interface FollowUpProps {
  dealId: string;
  isOpen: boolean;
}

/** What the deal's workflow awaits and what it does next, in plain words; nothing of a closed deal that none has followed. */
export function FollowUp({ dealId, isOpen }: FollowUpProps) {
  const { data: run, error } = useQuery({
    queryKey: ['workflow', dealId],
    queryFn: ({ signal }) => call<Run>('GET', `/deals/${dealId}/workflow`, { signal }),
    // The log says that the deal has changed; its workflow takes note a moment later.
    refetchInterval: (query) => (query.state.data?.state === 'none' && isOpen ? 2_000 : 15_000),
  });
  if (!isOpen && run?.state === 'none') return null;
  return (
    <Stack gap={2} mt="md" px={8} component="section" aria-label={texts.workflow}>
      <Title order={2} fz="sm">
        {texts.workflow}
      </Title>
      {run === undefined && error === null ? <Skeleton h={40} /> : null}
      {run === undefined ? null : <Words run={run} />}
      {error === null ? null : <Text size="sm">{error.message}</Text>}
    </Stack>
  );
}

function Words({ run }: { run: Run }) {
  if (run.state === 'none')
    return <Text c="dimmed">{run.engine === 'unavailable' ? texts.engineAway : texts.notFollowedYet}</Text>;
  return (
    <>
      <Text size="sm">{run.awaiting ?? texts.runStates[run.state]}</Text>
      {run.since === null ? null : (
        <Text size="xs" c="dimmed" title={momentOf(run.since)}>
          {texts.since(agoOf(run.since))}
        </Text>
      )}
      {run.next === null ? null : (
        <Text size="sm" mt={4}>
          {texts.next(run.next, run.nextAt === null ? null : momentOf(run.nextAt))}
        </Text>
      )}
      {run.error === null ? null : (
        <Text size="sm" c="var(--mantine-color-error)">
          {run.error}
        </Text>
      )}
      {run.engine === 'unavailable' ? (
        <Text size="xs" c="dimmed">
          {texts.engineAway}
        </Text>
      ) : null}
    </>
  );
}
