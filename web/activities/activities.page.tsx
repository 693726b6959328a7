import { IconTimelineEvent } from '@tabler/icons-react';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
import { texts } from './texts.ts';

const columns: ColumnChoice[] = [
  { name: 'subject', grow: 2 },
  { name: 'type', from: 'middling', grow: 0.7 },
  { name: 'contactId' },
  { name: 'dealId', from: 'wide' },
  { name: 'ownerId', from: 'middling', grow: 0.8 },
  { name: 'activityDate' },
];

/** All that happened with anybody, newest first: calls, notes, mails, moves of deals. */
export function ActivitiesPage() {
  return (
    <RecordList
      object="activity"
      title={texts.all}
      allLabel={texts.everything}
      columns={columns}
      sort="-activityDate"
      empty={{ icon: IconTimelineEvent, title: texts.emptyTitle, text: texts.empty }}
    />
  );
}
