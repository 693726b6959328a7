import { IconLayoutKanban, IconTable } from '@tabler/icons-react';
import { texts } from './texts.ts';

/** Deals as a board, or as a table. */
export const ways = [
  { to: '/deals', label: texts.board, icon: IconLayoutKanban },
  { to: '/deals/list', label: texts.list, icon: IconTable },
] as const;
