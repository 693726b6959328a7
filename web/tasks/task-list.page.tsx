import { IconChecklist } from '@tabler/icons-react';
import type { ColumnChoice } from '../lists/columns.tsx';
import { RecordList } from '../lists/record-list.tsx';
import { WaySwitch } from '../shell/way-switch.tsx';
import { texts } from './texts.ts';
import { ways } from './ways.ts';

const columns: ColumnChoice[] = [
  { name: 'title', grow: 1.8 },
  { name: 'status', grow: 0.8 },
  { name: 'dueDate' },
  { name: 'priority', from: 'middling', grow: 0.7 },
  { name: 'assignedTo', from: 'middling' },
  { name: 'contactName', from: 'wide' },
  { name: 'dealName', from: 'wide' },
];

/** Everybody's tasks as a table: views, filter, columns. */
export function TaskListPage() {
  return (
    <RecordList
      object="task"
      title={texts.allTasks}
      allLabel={texts.allTasks}
      columns={columns}
      sort="dueDate"
      tools={<WaySwitch ways={ways} />}
      empty={{ icon: IconChecklist, title: texts.noTasksTitle, text: texts.empty }}
    />
  );
}
