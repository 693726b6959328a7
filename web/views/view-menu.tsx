import { Badge, Button, Menu, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { ListState } from '../lists/list-state.ts';
import type { Listed } from '../lists/objects.ts';
import { texts } from './texts.ts';
import { settingsOf, ViewDeeds } from './view-deeds.tsx';
import { type View, viewsQuery } from './views.ts';

const ViewForm = lazy(async () => ({ default: (await import('./view-form.tsx')).ViewForm }));

interface ViewMenuProps {
  object: Listed;
  allLabel: string;
  state: ListState;
}

/** The saved views of a list: goes to one, and saves, shares and deletes them. */
export function ViewMenu({ object, allLabel, state }: ViewMenuProps) {
  const { data: views } = useQuery(viewsQuery(object));
  const [opened, form] = useDisclosure();
  const [edited, setEdited] = useState<View | null>(null);
  const { view } = state;
  const openForm = (which: View | null) => {
    setEdited(which);
    form.open();
  };
  return (
    <>
      <Menu position="bottom-start" withinPortal width={260}>
        <Menu.Target>
          <Button
            size="xs"
            h={34}
            variant="default"
            rightSection={<IconChevronDown size={14} />}
            aria-label={texts.view(view?.name ?? allLabel)}
            maw={260}
          >
            {view?.name ?? allLabel}
            {view !== undefined && state.isChanged ? ` · ${texts.changed}` : ''}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="70vh" style={{ overflowY: 'auto' }}>
          <Menu.Item leftSection={<Mark shown={view === undefined} />} onClick={() => state.show(null)}>
            {allLabel}
          </Menu.Item>
          {views === undefined || views.data.length === 0 ? null : <Menu.Label>{texts.views}</Menu.Label>}
          {views?.data.map((one) => (
            <Menu.Item
              key={one.id}
              leftSection={<Mark shown={one.id === view?.id} />}
              rightSection={<Notes view={one} />}
              onClick={() => state.show(one)}
            >
              <Text size="sm" truncate>
                {one.name}
              </Text>
            </Menu.Item>
          ))}
          <Menu.Divider />
          <ViewDeeds object={object} state={state} onForm={openForm} />
        </Menu.Dropdown>
      </Menu>
      <Modal opened={opened} onClose={form.close} title={edited === null ? texts.saveNew : texts.edit}>
        <Suspense>
          <ViewForm
            object={object}
            view={edited}
            settings={settingsOf(state)}
            onDone={(saved) => {
              form.close();
              state.show(saved);
            }}
          />
        </Suspense>
      </Modal>
    </>
  );
}

const Mark = ({ shown }: { shown: boolean }) =>
  shown ? <IconCheck size={15} /> : <span style={{ display: 'inline-block', width: 15 }} />;

function Notes({ view }: { view: View }) {
  const notes = [view.isDefault ? texts.isDefault : null, view.access === 'private' ? null : texts.shared].filter(
    (note) => note !== null,
  );
  return notes.length === 0 ? null : (
    <Badge size="xs" variant="default">
      {notes.join(', ')}
    </Badge>
  );
}
