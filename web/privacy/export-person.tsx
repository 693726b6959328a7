import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { FormError } from '../form.tsx';
import type { PersonalExport } from '../records.ts';
import { momentOf } from '../times.ts';
import { texts } from './texts.ts';

const isUnderWay = ({ state }: PersonalExport): boolean => state === 'queued' || state === 'running';

/** Begins to gather everything kept on a person, shows how far that is, and what is there to be fetched. */
export function ExportPerson({ id }: { id: string }) {
  const client = useQueryClient();
  const queryKey = ['personal-exports', id];
  const { data, error } = useQuery({
    queryKey,
    queryFn: ({ signal }) => call<Page<PersonalExport>>('GET', `/contacts/${id}/exports`, { query: { limit: 10 }, signal }),
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.data.some(isUnderWay) ? 1_000 : false),
  });
  const onSettled = () => client.invalidateQueries({ queryKey });
  const begin = useMutation({ mutationFn: () => call('POST', `/contacts/${id}/exports`), onSettled });
  const cancel = useMutation({
    mutationFn: (exportId: string) => call('POST', `/personal-exports/${exportId}/cancel`),
    onSettled,
  });
  const exports = data?.data ?? [];
  return (
    <Stack gap="md">
      <Text size="sm">{texts.exportText}</Text>
      {exports.length === 0 ? null : (
        <Stack gap="sm" component="ul" p={0} m={0} aria-label={texts.exports} style={{ listStyle: 'none' }}>
          {exports.map((one) => (
            <li key={one.id}>
              <Standing one={one} onCancel={() => cancel.mutate(one.id)} />
            </li>
          ))}
        </Stack>
      )}
      <FormError error={error ?? begin.error ?? cancel.error} />
      <Group justify="flex-end">
        <Button
          onClick={() => begin.mutate()}
          loading={begin.isPending}
          disabled={data === undefined || exports.some(isUnderWay)}
        >
          {texts.exportNow}
        </Button>
      </Group>
    </Stack>
  );
}

function Standing({ one, onCancel }: { one: PersonalExport; onCancel: () => void }) {
  const { id, state, done, total, error, requestedAt, expiresAt } = one;
  const times = [texts.exportAsked(momentOf(requestedAt))];
  if (state === 'done' && expiresAt !== null) times.push(texts.exportUntil(momentOf(expiresAt)));
  return (
    <Group justify="space-between" wrap="nowrap">
      <div role="status" style={{ flex: 1 }}>
        <Text size="sm" fw={600}>
          {texts.exportStates[state]}
        </Text>
        {isUnderWay(one) ? (
          <>
            <Progress value={(100 * done) / total} aria-label={texts.progress} my={4} />
            <Text size="sm">{texts.exportFiles(done, total)}</Text>
          </>
        ) : null}
        {error === null ? null : (
          <Text size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {times.join(', ')}
        </Text>
      </div>
      {isUnderWay(one) ? (
        <Button variant="default" size="xs" onClick={onCancel}>
          {texts.cancel}
        </Button>
      ) : null}
      {state === 'done' ? (
        <Button component="a" href={`/api/v1/personal-exports/${id}/file`} download variant="default" size="xs">
          {texts.download}
        </Button>
      ) : null}
    </Group>
  );
}
