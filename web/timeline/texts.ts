/** English texts of timelines. */
export const texts = {
  title: 'Timeline',
  empty: 'Nothing has happened yet. Log a note or a call above; mail and webhooks arrive by themselves.',
  emptyTitle: 'A story that begins here',
  kindsFilter: 'What to show',
  groups: {
    note: 'Notes',
    call: 'Calls',
    meeting: 'Meetings',
    mail: 'Mail',
    task: 'Tasks',
    deal: 'Deals',
    change: 'Changes',
    workflow: 'Follow-up',
    file: 'Files',
  },
  /** Names that types of activities have to begin with. */
  shippedLabels: { note: 'Note', call: 'Call', meeting: 'Meeting' } as Record<string, string>,
  noneTitle: 'Nothing of this kind',
  none: 'Take a kind away above to see more of what happened.',
  showMore: 'Show all',
  showLess: 'Fold',
  minutes: (count: number) => `${count} min`,
  outcome: (text: string) => `Outcome: ${text}`,
  received: 'Received',
  sent: 'Sent',
  by: (name: string) => `by ${name}`,
  automatic: 'automatic',
  rotted: 'The deal has been quiet for too long',
  nothing: 'nothing',
  changed: (field: string) => `${field} changed`,
  /** `customFields.favouriteTea`, `leadStatus` and `contacts.<id>`, a role, as people read them. */
  fieldOf: (name: string) => {
    const words = name
      .replace(/^customFields\./, '')
      .replace(/^contacts\..+/, 'roleOfAContact')
      .replace(/Id$/, '')
      .replace(/[_-]/g, ' ')
      .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  kinds: {
    task_completed: 'Task done',
    task_created: 'Task',
    task_planned: 'Planned',
    change: 'Change',
    workflow: 'Workflow',
    file: 'File',
    contact_created: 'Contact',
    company_created: 'Company',
    deal_created: 'Deal',
    deal_stage_changed: 'Deal moved',
    deal_closed: 'Deal closed',
    deal_reopened: 'Deal reopened',
  } as Record<string, string>,
};
