import { IconChecklist, IconTable } from '@tabler/icons-react';
import { texts } from './texts.ts';

/** My own tasks by day, or all in a table. */
export const ways = [
  { to: '/tasks', label: texts.mine, icon: IconChecklist },
  { to: '/tasks/list', label: texts.everybodys, icon: IconTable },
] as const;
