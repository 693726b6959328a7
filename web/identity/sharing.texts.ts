/** English texts of the sharing of single records. */
export const texts = {
  share: 'Share',
  shared: (count: number) => `Shared with ${count}`,
  title: (name: string) => `Share ${name}`,
  titleOf: (name: string) => `Who sees ${name} too`,
  hint: 'Roles and ownership decide who sees it anyway. Those named here see it too.',
  owner: 'Owner',
  none: 'Shared with nobody yet.',
  list: 'Shared with',
  withWhom: 'With whom',
  people: 'People',
  teams: 'Teams',
  access: 'What they may do',
  accesses: { read: 'Read', edit: 'Edit' },
  accessBadges: { read: 'reads', edit: 'edits' },
  remove: (name: string) => `Stop sharing with ${name}`,
  somebody: 'Somebody you do not see',
};
