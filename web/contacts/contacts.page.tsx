import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAddressBook } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
import { Empty } from '../shell/empty.tsx';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

const NewContact = lazy(async () => ({ default: (await import('./new-contact.tsx')).NewContact }));

const columns: ColumnChoice[] = [
  { name: 'name', grow: 1.4 },
  { name: 'email', grow: 1.6 },
  { name: 'companyName', from: 'middling' },
  { name: 'phone', from: 'wide' },
  { name: 'title', from: 'wide' },
  { name: 'tagIds', from: 'wide' },
  { name: 'lastContactedAt', from: 'middling', grow: 0.8 },
];

/** All contacts: views, search, filter, endless scroll, make one. */
export function ContactsPage() {
  const [opened, dialog] = useDisclosure();
  return (
    <RecordList
      object="contact"
      title={shared.contacts}
      allLabel={texts.all}
      columns={columns}
      sort="name"
      searchLabel={texts.search}
      newLabel={texts.newContact}
      onNew={dialog.open}
      empty={
        <Empty icon={IconAddressBook} title={texts.emptyTitle} action={<Button onClick={dialog.open}>{texts.newContact}</Button>}>
          {texts.empty}
        </Empty>
      }
    >
      <Modal opened={opened} onClose={dialog.close} title={texts.newContact}>
        <Suspense>
          <NewContact onDone={dialog.close} />
        </Suspense>
      </Modal>
    </RecordList>
  );
}
