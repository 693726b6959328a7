import type { Noun } from '../records.ts';

/** What an entry is about. */
export interface About {
  noun: Noun;
  id: string;
}

/** What was typed and not logged yet. */
export interface Draft {
  /** Key of a type of activity, or one of the words that no type has: `mail` and `task`. */
  kind: string;
  text: string;
  minutes: number | null;
  direction: 'in' | 'out';
  /** Local time as the picker writes it. */
  due: string | null;
}
