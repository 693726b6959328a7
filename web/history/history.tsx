import { Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { useRights } from '../identity/allowed.ts';
import { listQuery } from '../queries.ts';
import { collection, type HistoryEntry, type Noun } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { momentOf } from '../times.ts';
import { texts } from './texts.ts';
import { useWords, Value } from './value.tsx';

interface HistoryProps {
  noun: Noun;
  id: string;
}

/** A button that shows what was changed on a record, field by field, with a way to put one value back. */
export function History({ noun, id }: HistoryProps) {
  const [opened, dialog] = useDisclosure();
  return (
    <>
      <Button variant="default" size="xs" h={34} leftSection={<IconHistory size={15} />} onClick={dialog.open}>
        {texts.show}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={texts.title} size="lg">
        <Entries noun={noun} id={id} />
      </Modal>
    </>
  );
}

function Entries({ noun, id }: HistoryProps) {
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    listQuery<HistoryEntry>(`${collection[noun]}/${id}/history`, { limit: 50 }),
  );
  const entries = data?.pages.flatMap((page) => page.data);
  if (entries === undefined) return <Skeleton h={160} />;
  if (entries.length === 0) return <Text c="dimmed">{texts.none}</Text>;
  return (
    <Stack gap="md">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} noun={noun} id={id} />
      ))}
      {hasNextPage ? (
        <Button variant="subtle" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {texts.more}
        </Button>
      ) : null}
    </Stack>
  );
}

function Entry({ entry, noun, id }: HistoryProps & { entry: HistoryEntry }) {
  const rights = useRights(noun, id);
  const words = useWords(noun);
  const client = useQueryClient();
  const putBack = useMutation({
    mutationFn: (field: string) =>
      call<unknown>('POST', `/${collection[noun]}/${id}/history/${entry.id}/restore`, { body: { field } }),
    onError: (failure) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(failure) }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: [noun, id] }),
        client.invalidateQueries({ queryKey: [`${collection[noun]}/${id}/history`] }),
      ]),
  });
  const [cause] = entry.causes;
  const who = entry.actor.name ?? (entry.actor.kind === 'system' ? texts.hub : entry.actor.kind);
  return (
    <div>
      <Text size="xs" c="dimmed">
        {[momentOf(entry.at), who, cause === undefined ? null : texts.because(shared.event(cause.type).toLowerCase())]
          .filter(Boolean)
          .join(' · ')}
      </Text>
      {entry.changes.length === 0 ? <Text size="sm">{shared.event(entry.type)}</Text> : null}
      {entry.changes.map(({ field, from, to }) => (
        <Group key={field} gap="xs" wrap="nowrap" justify="space-between">
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {words.labelOf(field)}: <Value noun={noun} field={field} value={from} /> →{' '}
            <Value noun={noun} field={field} value={to} />
          </Text>
          {entry.type.endsWith('.updated') && rights.edit && rights.field(field) === 'open' ? (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => putBack.mutate(field)}
              disabled={putBack.isPending}
              aria-label={texts.putBackField(words.labelOf(field))}
            >
              {texts.putBack}
            </Button>
          ) : null}
        </Group>
      ))}
    </div>
  );
}
