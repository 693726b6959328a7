import type { Noun } from '../records.ts';

/** What an entry is about. */
export interface About {
  noun: Noun;
  id: string;
}

/** What can be logged or written from a record, in the order of the tabs. */
export const kinds = ['note', 'call', 'mail', 'meeting', 'task'] as const;

/** What was typed and not logged yet. */
export interface Draft {
  kind: (typeof kinds)[number];
  text: string;
  minutes: number | null;
  direction: 'in' | 'out';
  /** Local time as the picker writes it. */
  due: string | null;
}
