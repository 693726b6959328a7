import { Button, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAddressBook, IconSearch } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import { RecordListPage } from '../records/list-page.tsx';
import type { Column } from '../records/table.tsx';
import type { Contact } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { texts as shared } from '../texts.ts';
import { agoOf } from '../times.ts';
import { NewContact } from './new-contact.tsx';
import { texts } from './texts.ts';

const dim = (text: string | null) =>
  text === null ? null : (
    <Text span c="dimmed" size="sm">
      {text}
    </Text>
  );

const columns: Column<Contact>[] = [
  {
    key: 'name',
    label: texts.name,
    grow: 1.4,
    cell: ({ id, name }) => (
      <Link to="/contacts/$id" params={{ id }} className="plain-link">
        <Text span fw={550} size="sm">
          {name || shared.empty}
        </Text>
      </Link>
    ),
  },
  { key: 'email', label: texts.email, grow: 1.6, cell: ({ email }) => dim(email) },
  {
    key: 'company',
    label: texts.company,
    from: 'middling',
    cell: ({ companyId, companyName }) =>
      companyId === null ? null : (
        <Link to="/companies/$id" params={{ id: companyId }} className="plain-link">
          {companyName}
        </Link>
      ),
  },
  { key: 'phone', label: texts.phone, from: 'wide', cell: ({ phone, mobile }) => dim(phone ?? mobile) },
  { key: 'title', label: texts.title, from: 'wide', cell: ({ title }) => dim(title) },
  {
    key: 'lastContacted',
    label: texts.lastContacted,
    from: 'middling',
    grow: 0.8,
    cell: ({ lastContactedAt }) => dim(lastContactedAt === null ? null : agoOf(lastContactedAt)),
  },
];

/** All contacts: search as one types, endless scroll, make one. */
export function ContactsPage() {
  const { q } = useSearch({ from: '/inside/contacts' });
  const [opened, dialog] = useDisclosure();
  return (
    <RecordListPage
      title={shared.contacts}
      list="contacts"
      q={q}
      columns={columns}
      searchLabel={texts.search}
      newLabel={texts.newContact}
      onNew={dialog.open}
      empty={(searching) =>
        searching ? (
          <Empty icon={IconSearch} title={texts.noneFoundTitle}>
            {texts.noneFound}
          </Empty>
        ) : (
          <Empty
            icon={IconAddressBook}
            title={texts.emptyTitle}
            action={<Button onClick={dialog.open}>{texts.newContact}</Button>}
          >
            {texts.empty}
          </Empty>
        )
      }
    >
      <Modal opened={opened} onClose={dialog.close} title={texts.newContact} closeButtonProps={{ 'aria-label': shared.close }}>
        <NewContact onDone={dialog.close} />
      </Modal>
    </RecordListPage>
  );
}
