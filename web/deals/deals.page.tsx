import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLayoutKanban } from '@tabler/icons-react';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
import { Empty } from '../shell/empty.tsx';
import { texts as shared } from '../texts.ts';
import { NewDeal } from './new-deal.tsx';
import { texts } from './texts.ts';
import { WaySwitch } from './way-switch.tsx';

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
  const [opened, dialog] = useDisclosure();
  return (
    <RecordList
      object="deal"
      title={shared.deals}
      allLabel={texts.all}
      columns={columns}
      sort="-createdAt"
      searchLabel={texts.search}
      newLabel={texts.newDeal}
      onNew={dialog.open}
      tools={<WaySwitch way="list" />}
      empty={
        <Empty icon={IconLayoutKanban} title={texts.emptyTitle} action={<Button onClick={dialog.open}>{texts.newDeal}</Button>}>
          {texts.empty}
        </Empty>
      }
    >
      <Modal opened={opened} onClose={dialog.close} title={texts.newDeal}>
        <NewDeal onDone={dialog.close} />
      </Modal>
    </RecordList>
  );
}
