import { IconAddressBook } from '@tabler/icons-react';
import { lazy } from 'react';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
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
  return (
    <RecordList
      object="contact"
      title={shared.contacts}
      allLabel={texts.all}
      columns={columns}
      sort="name"
      searchLabel={texts.search}
      create={{ label: texts.newContact, form: (done) => <NewContact onDone={done} /> }}
      empty={{ icon: IconAddressBook, title: texts.emptyTitle, text: texts.empty }}
    />
  );
}
