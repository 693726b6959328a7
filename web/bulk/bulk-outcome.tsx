import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { FormError } from '../form.tsx';
import type { BulkEdit, BulkRow } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

const moving: readonly string[] = ['waiting', 'running', 'undoing'];

/** How far a bulk edit is, what became of its records, and the way back. */
export function BulkOutcome({ begun }: { begun: BulkEdit }) {
  const client = useQueryClient();
  const queryKey = ['bulk-edit', begun.id];
  const { data: edit = begun, error } = useQuery({
    queryKey,
    queryFn: ({ signal }) => call<BulkEdit>('GET', `/bulk-edits/${begun.id}`, { signal }),
    // Its events tell of its end; between them it tells how far it is.
    refetchInterval: ({ state }) => (moving.includes(state.data?.state ?? begun.state) ? 1_000 : false),
  });
  const deed = useMutation({
    mutationFn: (verb: 'undo' | 'cancel') => call<BulkEdit>('POST', `/bulk-edits/${begun.id}/${verb}`),
    onSuccess: (next) => client.setQueryData(queryKey, next),
  });
  const isMoving = moving.includes(edit.state);
  const over = edit.changed + edit.unchanged + edit.refused;
  const counts = (['changed', 'unchanged', 'refused', 'undone', 'kept'] as const).filter((name) => edit[name] > 0);
  return (
    <Stack gap="sm" aria-live="polite">
      <Text fw={550}>{texts.states[edit.state]}</Text>
      {isMoving ? (
        <Progress
          value={edit.matched === null || edit.matched === 0 ? 0 : (100 * over) / edit.matched}
          animated
          aria-label={texts.progress}
        />
      ) : null}
      <Text>{edit.matched === null ? texts.counting : counts.map((name) => texts.outcome[name](edit[name])).join(' · ')}</Text>
      {edit.refused > 0 ? <Refusals id={edit.id} /> : null}
      <FormError error={error ?? deed.error} />
      {edit.error === null ? null : <Alert color="red">{edit.error}</Alert>}
      <Group gap="xs">
        {edit.state === 'running' || edit.state === 'waiting' ? (
          <Button variant="default" loading={deed.isPending} onClick={() => deed.mutate('cancel')}>
            {texts.stop}
          </Button>
        ) : null}
        {(edit.state === 'done' || edit.state === 'cancelled') && edit.changed > 0 ? (
          <Button variant="light" loading={deed.isPending} onClick={() => deed.mutate('undo')}>
            {shared.undo}
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}

/** The first of those that were refused, each reason once. */
function Refusals({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['bulk-edit', id, 'refused'],
    queryFn: ({ signal }) =>
      call<Page<BulkRow>>('GET', `/bulk-edits/${id}/records`, { query: { outcome: 'refused', limit: 200 }, signal }),
  });
  const reasons = [...new Set(data?.data.map(({ message }) => message ?? ''))];
  return (
    <Alert color="yellow" p="sm" title={texts.refusals}>
      {reasons.map((reason) => (
        <div key={reason}>{reason}</div>
      ))}
    </Alert>
  );
}
