import { ActionIcon, Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { messageOf } from '../api.ts';
import { texts as shared } from '../texts.ts';

interface RelatedProps<T> {
  title: string;
  /** Undefined while they are read. */
  records: readonly T[] | undefined;
  /** Said where there is none. */
  none: string;
  row(record: T): ReactNode;
  /** Takes one off the page's record; none where that is done elsewhere. */
  remove?: { label(record: T): string; run(record: T): Promise<unknown> };
  /** Whether the viewer may add and take away. */
  mayChange: boolean;
  addLabel: string;
  /** The form for a new one. */
  form(done: () => void): ReactNode;
}

/** Records that belong to the one on the page, each a line or two, and a way to a new one. */
export function Related<T extends { id: string }>({
  title,
  records,
  none,
  row,
  remove,
  mayChange,
  addLabel,
  form,
}: RelatedProps<T>) {
  const [opened, dialog] = useDisclosure();
  return (
    <Stack gap={4} mt="md" px={8} component="section" aria-label={title}>
      <Title order={2} fz="sm">
        {title}
      </Title>
      {records?.length === 0 ? <Text c="dimmed">{none}</Text> : null}
      {records?.map((record) => (
        <Group key={record.id} gap={6} wrap="nowrap" justify="space-between">
          <div style={{ minWidth: 0 }}>{row(record)}</div>
          {remove === undefined || !mayChange ? null : (
            <RemoveButton label={remove.label(record)} run={() => remove.run(record)} />
          )}
        </Group>
      ))}
      {mayChange ? (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={dialog.open}
          style={{ alignSelf: 'flex-start' }}
          ml={-8}
        >
          {addLabel}
        </Button>
      ) : null}
      <Modal opened={opened} onClose={dialog.close} title={addLabel}>
        {form(dialog.close)}
      </Modal>
    </Stack>
  );
}

function RemoveButton({ label, run }: { label: string; run(): Promise<unknown> }) {
  const remove = useMutation({
    mutationFn: run,
    onError: (error) => notifications.show({ color: 'red', title: shared.notSaved, message: messageOf(error) }),
  });
  return (
    <ActionIcon size="sm" aria-label={label} loading={remove.isPending} onClick={() => remove.mutate()}>
      <IconX size={14} />
    </ActionIcon>
  );
}
