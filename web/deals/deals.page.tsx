import { IconLayoutKanban } from '@tabler/icons-react';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
import { WaySwitch } from '../shell/way-switch.tsx';
import { texts as shared } from '../texts.ts';
import { NewDeal } from './new-deal.tsx';
import { texts } from './texts.ts';
import { ways } from './ways.ts';

const columns: ColumnChoice[] = [
  { name: 'name', grow: 1.5 },
  { name: 'stageName' },
  { name: 'amount' },
  { name: 'contactName', from: 'middling' },
  { name: 'companyName', from: 'wide' },
  { name: 'expectedCloseDate', from: 'middling', grow: 0.8 },
  { name: 'ownerId', from: 'wide' },
];

/** All deals as a table: views, search, filter, columns. */
export function DealsPage() {
  return (
    <RecordList
      object="deal"
      title={shared.deals}
      allLabel={texts.all}
      columns={columns}
      sort="-createdAt"
      searchLabel={texts.search}
      tools={<WaySwitch ways={ways} />}
      create={{ label: texts.newDeal, form: (done) => <NewDeal onDone={done} /> }}
      empty={{ icon: IconLayoutKanban, title: texts.emptyTitle, text: texts.empty }}
    />
  );
}
