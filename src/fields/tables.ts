import type { Customisable } from '../custom-fields.ts';

/** Tables of the objects that have custom fields, and of users, to whom fields may point. */
export const tableOf: Readonly<Record<Customisable | 'user', string>> = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
  activity: 'activities',
  task: 'tasks',
  user: 'users',
};

const mergeable = new Set<string>(['contact', 'company']);

/** SQL of what makes a row of an object's table a live one: the condition of each index on it. */
export const liveRows = (object: Customisable): string =>
  mergeable.has(object) ? 'deleted_at is null and merged_into is null' : 'deleted_at is null';
