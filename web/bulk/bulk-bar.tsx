import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useState } from 'react';
import type { ListState } from '../lists/list-state.ts';
import type { Listed } from '../lists/objects.ts';
import type { BulkEdit } from '../records.ts';
import type { Selection } from './selection.ts';
import { texts } from './texts.ts';

const BulkForm = lazy(async () => ({ default: (await import('./bulk-form.tsx')).BulkForm }));
const BulkOutcome = lazy(async () => ({ default: (await import('./bulk-outcome.tsx')).BulkOutcome }));

interface BulkBarProps {
  object: Listed;
  state: ListState;
  selection: Selection;
}

/** What is done with the records that are chosen; nothing while none is. */
export function BulkBar({ object, state, selection }: BulkBarProps) {
  const [opened, dialog] = useDisclosure();
  const [begun, setBegun] = useState<BulkEdit | null>(null);
  const { ids, matching, clear } = selection;
  const count = matching ? null : ids.size;
  const close = () => {
    dialog.close();
    if (begun !== null) clear();
    setBegun(null);
  };
  return (
    <>
      <Group component="section" aria-label={texts.bar} gap="xs" mb="xs">
        <Text size="sm" fw={550} aria-live="polite">
          {count === null ? texts.allChosen : texts.chosen(count)}
        </Text>
        <Button size="compact-sm" onClick={dialog.open}>
          {texts.edit}
        </Button>
        {/* A bulk edit takes a filter, and no words to search for. */}
        {matching || state.q !== '' ? null : (
          <Button size="compact-sm" variant="subtle" onClick={selection.chooseMatching}>
            {texts.chooseMatching}
          </Button>
        )}
        <Button size="compact-sm" variant="subtle" color="gray" onClick={clear}>
          {texts.clear}
        </Button>
      </Group>
      <Modal opened={opened} onClose={close} title={texts.title(count)}>
        <Suspense>
          {begun === null ? (
            <BulkForm object={object} chosen={matching ? { filter: state.filter ?? {} } : { ids: [...ids] }} onBegun={setBegun} />
          ) : (
            <BulkOutcome begun={begun} />
          )}
        </Suspense>
      </Modal>
    </>
  );
}
