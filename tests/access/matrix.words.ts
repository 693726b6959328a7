/** The words of `matrix.cells.ts`. A mark per record: `o` may, `x` is refused (403, which names the permission), `-` there is no such record (404). */

/** Who calls: the shipped roles, and a rep where reps read only what is their team's. */
export const callers = ['admin', 'manager', 'rep', 'teamRep', 'viewer'] as const;
export type Caller = (typeof callers)[number];

/** The records of each kind that are asked for, in the order of the marks. */
export const records = {
  contact: ['own', 'team', 'other', 'shared', 'missing'],
  company: ['own', 'team', 'other', 'shared', 'missing'],
  deal: ['own', 'team', 'other', 'shared', 'missing'],
  activity: ['own', 'team', 'other', 'shared', 'missing'],
  task: ['own', 'team', 'other', 'shared', 'missing'],
  message: ['own', 'team', 'other', 'shared', 'missing'],
  /** Of a contact of that owner. */
  file: ['own', 'team', 'other', 'shared', 'missing'],
  mailbox: ['own', 'team', 'other', 'missing'],
  notification: ['own', 'team', 'other', 'missing'],
  bulk_edit: ['own', 'team', 'other', 'missing'],
  view: ['own', 'team', 'other', 'missing'],
  user: ['own', 'team', 'other', 'missing'],
  role: ['there', 'missing'],
  team: ['there', 'missing'],
  key: ['there', 'missing'],
  custom_field: ['there', 'missing'],
  tag: ['there', 'missing'],
  activity_type: ['there', 'missing'],
  webhook_source: ['there', 'missing'],
  webhook_endpoint: ['there', 'missing'],
  /** Of whose records none is made here: only a missing one is asked for. */
  unmade: ['missing'],
} as const;
export type Kind = keyof typeof records;
export type Which = 'own' | 'team' | 'other' | 'shared' | 'there' | 'missing';

export interface Row {
  /** What `:id` (or the first parameter) stands for; none for routes without one. */
  kind?: Kind;
  /** Marks per caller, in the order of `callers`. */
  marks: readonly string[];
  body?: object;
  /** The body is the content of a file. */
  upload?: true;
  /** Not called, since its answer has no end or it is open to everybody; the marks are for the docs. */
  uncalled?: true;
}

/** A route without a record: one mark per caller. */
export const door = (marks: string, body?: object): Row => ({ marks: [...marks], ...(body === undefined ? {} : { body }) });
/** A route of records of a kind: for each caller a mark per record. */
export const on = (kind: Kind, marks: string, body?: object): Row => ({
  kind,
  marks: marks.split(' '),
  ...(body === undefined ? {} : { body }),
});
export const open: Row = { marks: [...'ooooo'], uncalled: true };

/** Records with an owner, as the shipped roles have them. */
export const read = 'oooo- oooo- oooo- oo-o- oooo-';
export const edit = 'oooo- ooxo- oxxo- ox-o- xxxxx';
export const remove = 'oooo- ooxx- oxxx- ox-x- xxxxx';
/** Activities and tasks follow their records, and are not shared themselves. */
export const work = 'oooo- ooxx- oxxx- ox-x- xxxxx';
/** What only its owner has, and admins. */
export const mineOrAdmins = 'ooo- o--- o--- o--- xxxx';
/** What is private, to admins too. */
export const minePrivate = 'o--- o--- o--- o--- o---';
/** What admins alone have to do with. */
export const admins = 'o- xx xx xx xx';
export const adminsUnmade = '- x x x x';
