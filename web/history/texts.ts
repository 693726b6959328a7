/** English texts of a record's history. */
export const texts = {
  show: 'History',
  title: 'History',
  none: 'Nothing has been changed yet.',
  putBack: 'Put back',
  putBackField: (field: string) => `Put back ${field}`,
  empty: 'nothing',
  unseen: 'one that you do not see',
  because: (type: string) => `because of ${type}`,
  more: 'Show more',
  hub: 'the hub itself',
};
