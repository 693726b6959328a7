import { Button, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface RelatedProps<T> {
  title: string;
  /** Undefined while they are read. */
  records: readonly T[] | undefined;
  /** Said where there is none. */
  none: string;
  row(record: T): ReactNode;
  addLabel: string;
  /** The form for a new one. */
  form(done: () => void): ReactNode;
}

/** Records that belong to the one on the page, each a line or two, and a way to a new one. */
export function Related<T extends { id: string }>({ title, records, none, row, addLabel, form }: RelatedProps<T>) {
  const [opened, dialog] = useDisclosure();
  return (
    <Stack gap={4} mt="md" px={8} component="section" aria-label={title}>
      <Title order={2} fz="sm">
        {title}
      </Title>
      {records?.length === 0 ? <Text c="dimmed">{none}</Text> : null}
      {records?.map((record) => (
        <div key={record.id}>{row(record)}</div>
      ))}
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
      <Modal opened={opened} onClose={dialog.close} title={addLabel}>
        {form(dialog.close)}
      </Modal>
    </Stack>
  );
}
