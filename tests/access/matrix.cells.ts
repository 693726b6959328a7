/**
 * What each caller gets from each route: the decisions, one line per route. `docs/permissions.md` is made from them, and
 * `matrix.test.ts` asks every cell. A new route without a line here fails that test.
 *
 * A mark per record: `o` may, `x` is refused (403, which names the permission), `-` there is no such record (404).
 */

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
const door = (marks: string, body?: object): Row => ({ marks: [...marks], ...(body === undefined ? {} : { body }) });
/** A route of records of a kind: for each caller a mark per record. */
const on = (kind: Kind, marks: string, body?: object): Row => ({
  kind,
  marks: marks.split(' '),
  ...(body === undefined ? {} : { body }),
});
const open: Row = { marks: [...'ooooo'], uncalled: true };

/** Records with an owner, as the shipped roles have them. */
const read = 'oooo- oooo- oooo- oo-o- oooo-';
const edit = 'oooo- ooxo- oxxo- ox-o- xxxxx';
const remove = 'oooo- ooxx- oxxx- ox-x- xxxxx';
/** Activities and tasks follow their records, and are not shared themselves. */
const work = 'oooo- ooxx- oxxx- ox-x- xxxxx';
/** What only its owner has, and admins. */
const mineOrAdmins = 'ooo- o--- o--- o--- xxxx';
/** What is private, to admins too. */
const minePrivate = 'o--- o--- o--- o--- o---';
/** What admins alone have to do with. */
const admins = 'o- xx xx xx xx';
const adminsUnmade = '- x x x x';

const record = (path: string, kind: 'contact' | 'company' | 'deal', patch: Record<string, string>): Record<string, Row> => ({
  [`GET /${path}`]: door('ooooo'),
  [`POST /${path}/search`]: door('ooooo'),
  [`POST /${path}`]: door('oooox', patch),
  [`GET /${path}/:id`]: on(kind, read),
  [`PATCH /${path}/:id`]: on(kind, edit, patch),
  [`DELETE /${path}/:id`]: on(kind, remove),
  [`GET /${path}/deleted`]: door('oooox'),
  [`POST /${path}/:id/restore`]: on(kind, remove),
  [`GET /${path}/:id/timeline`]: on(kind, read),
  [`GET /${path}/:id/history`]: on(kind, read),
  [`POST /${path}/:id/history/:eventId/restore`]: on(kind, edit, { field: Object.keys(patch)[0] }),
  [`GET /${path}/:id/files`]: on(kind, read),
  [`POST /${path}/:id/files`]: { ...on(kind, edit), upload: true },
  [`GET /${path}/:id/shares`]: on(kind, read),
  [`POST /${path}/:id/shares`]: on(kind, edit, { userId: '00000000-0000-7000-8000-000000000001', access: 'read' }),
  [`DELETE /${path}/:id/shares/:shareId`]: on(kind, edit),
  [`PUT /${path}/:id/tags/:tagId`]: on(kind, edit),
  [`DELETE /${path}/:id/tags/:tagId`]: on(kind, edit),
  [`POST /${path}/batch`]: door('ooooo', { operations: [] }),
  [`PUT /${path}/by/:system/:externalId`]: door('oooox', {}),
  [`PUT /${path}/:id/external-ids/:system/:externalId`]: on(kind, edit),
  [`DELETE /${path}/:id/external-ids/:system/:externalId`]: on(kind, edit),
});

const workOf = (
  path: string,
  kind: 'activity' | 'task',
  { create, patch }: { create: object; patch: object },
): Record<string, Row> => ({
  [`GET /${path}`]: door('ooooo'),
  [`POST /${path}/search`]: door('ooooo'),
  [`POST /${path}`]: door('oooox', create),
  [`GET /${path}/:id`]: on(kind, read),
  [`PATCH /${path}/:id`]: on(kind, work, patch),
  [`DELETE /${path}/:id`]: on(kind, work),
  [`GET /${path}/deleted`]: door('oooox'),
  [`POST /${path}/:id/restore`]: on(kind, work),
  [`GET /${path}/:id/history`]: on(kind, read),
  [`POST /${path}/:id/history/:eventId/restore`]: on(kind, work, { field: Object.keys(patch)[0] }),
  [`GET /${path}/:id/files`]: on(kind, read),
  [`POST /${path}/:id/files`]: { ...on(kind, work), upload: true },
  [`PUT /${path}/:id/tags/:tagId`]: on(kind, work),
  [`DELETE /${path}/:id/tags/:tagId`]: on(kind, work),
  [`POST /${path}/batch`]: door('ooooo', { operations: [] }),
  [`PUT /${path}/by/:system/:externalId`]: door('oooox', {}),
  [`PUT /${path}/:id/external-ids/:system/:externalId`]: on(kind, work),
  [`DELETE /${path}/:id/external-ids/:system/:externalId`]: on(kind, work),
});

export const routes: Record<string, Row> = {
  ...record('contacts', 'contact', { firstName: 'New' }),
  ...record('companies', 'company', { name: 'New' }),
  ...record('deals', 'deal', { name: 'New' }),
  'GET /contacts/:id/emails': on('contact', read),
  'POST /contacts/:id/emails': on('contact', edit, { address: 'new@example.com' }),
  'PUT /contacts/:id/emails/:nameId/primary': on('contact', edit),
  'DELETE /contacts/:id/emails/:nameId': on('contact', edit),
  'GET /companies/:id/domains': on('company', read),
  'POST /companies/:id/domains': on('company', edit, { domain: 'new.example' }),
  'PUT /companies/:id/domains/:nameId/primary': on('company', edit),
  'DELETE /companies/:id/domains/:nameId': on('company', edit),
  'GET /duplicates': door('ooooo'),
  'POST /duplicates/:id/dismiss': on('unmade', '- - - - -'),
  'GET /contacts/:id/duplicates': on('contact', read),
  'GET /companies/:id/duplicates': on('company', read),
  'GET /deals/totals': door('ooooo'),
  'GET /deals/:id/workflow': on('deal', read),
  'PATCH /deals/:id/stage': on('deal', edit, { stage: 'proposal' }),
  'PUT /deals/:id/contacts/:contactId': on('deal', edit, { role: 'Buyer' }),
  'DELETE /deals/:id/contacts/:contactId': on('deal', edit),
  'POST /deals/:id/close': on('deal', edit, { status: 'won' }),
  'POST /deals/:id/reopen': on('deal', edit),
  'GET /deals/:id/stage-history': on('deal', read),
  'GET /pipelines': door('ooooo'),
  'GET /pipelines/:id': on('unmade', '- - - - -'),
  'POST /pipelines': door('oxxxx', { name: 'New', stages: [] }),
  'PATCH /pipelines/:id': on('unmade', adminsUnmade, {}),
  'DELETE /pipelines/:id': on('unmade', adminsUnmade),
  'POST /pipelines/:id/stages': on('unmade', adminsUnmade, { key: 'a', name: 'A' }),
  'PATCH /pipelines/:id/stages/:stage': on('unmade', adminsUnmade, {}),
  'DELETE /pipelines/:id/stages/:stage': on('unmade', adminsUnmade),
  'GET /pipelines/:id/summary': on('unmade', '- - - - -'),
  ...workOf('activities', 'activity', { create: { type: 'note', subject: 'New' }, patch: { subject: 'New' } }),
  ...workOf('tasks', 'task', { create: { title: 'New' }, patch: { title: 'New' } }),
  'GET /tasks/counts': door('ooooo'),
  'GET /tasks/:id/next-steps': on('task', read),
  'GET /tasks/:id/workflow': on('task', read),

  'GET /contacts/:id/companies': on('contact', read),
  'PUT /contacts/:id/companies/:companyId': on('contact', edit, {}),
  'DELETE /contacts/:id/companies/:companyId': on('contact', edit),
  'GET /companies/:id/contacts': on('company', read),
  'GET /contacts/:id/consents': on('contact', read),
  'PUT /contacts/:id/consents/:purpose': on('contact', edit, { status: 'given' }),
  'GET /contacts/:id/export': on('contact', 'oooo- oooo- xxxx- xx-x- xxxx-'),
  'GET /contacts/:id/erase': on('contact', 'oooo- xxxxx xxxxx xxxxx xxxxx'),
  'POST /contacts/:id/erase': on('contact', 'oooo- xxxxx xxxxx xxxxx xxxxx', { confirm: true }),
  'GET /erasures': door('oxxxx'),
  'POST /erasures': door('oxxxx', { email: 'nobody@gone.example', confirm: true }),
  'GET /erasures/:id': on('unmade', adminsUnmade),
  'GET /search': door('ooooo'),
  'GET /files/:id': on('file', read),
  'DELETE /files/:id': on('file', 'oooo- ooxo- oxxo- ox-o- xxxx-'),
  'GET /bulk-edits': door('oooox'),
  'POST /bulk-edits': door('oooox'),
  'GET /bulk-edits/:id': on('bulk_edit', mineOrAdmins),
  'GET /bulk-edits/:id/records': on('bulk_edit', mineOrAdmins),
  'POST /bulk-edits/:id/cancel': on('bulk_edit', mineOrAdmins),
  'POST /bulk-edits/:id/undo': on('bulk_edit', mineOrAdmins),

  'GET /custom-fields': door('ooooo'),
  'POST /custom-fields': door('oxxxx'),
  'GET /custom-fields/:id': on('custom_field', 'o- o- o- o- o-'),
  'PATCH /custom-fields/:id': on('custom_field', admins, { label: 'New' }),
  'DELETE /custom-fields/:id': on('custom_field', admins),
  'POST /custom-fields/:id/convert': on('custom_field', admins, { type: 'text' }),
  'POST /custom-fields/:id/restore': on('custom_field', admins),
  'GET /activity-types': door('ooooo'),
  'POST /activity-types': door('oxxxx'),
  'GET /activity-types/:id': on('activity_type', 'o- o- o- o- o-'),
  'PATCH /activity-types/:id': on('activity_type', admins, { label: 'New' }),
  'GET /tags': door('ooooo'),
  'POST /tags': door('oooox'),
  'GET /tags/:id': on('tag', 'o- o- o- o- o-'),
  'PATCH /tags/:id': on('tag', admins, { color: '#123456' }),
  'DELETE /tags/:id': on('tag', admins),
  'POST /tags/:id/merge': on('tag', admins, { into: '00000000-0000-7000-8000-000000000001' }),

  'GET /objects': door('ooooo'),
  'GET /views': door('ooooo'),
  'POST /views': door('ooooo'),
  'GET /views/:id': on('view', minePrivate),
  'PATCH /views/:id': on('view', minePrivate, { name: 'New' }),
  'DELETE /views/:id': on('view', minePrivate),

  'GET /mailboxes': door('oooox'),
  'POST /mailboxes': door('oooox'),
  'POST /mailboxes/test': door('oooox'),
  'GET /mailboxes/:id': on('mailbox', mineOrAdmins),
  'PATCH /mailboxes/:id': on('mailbox', mineOrAdmins, { visibility: 'subject' }),
  'DELETE /mailboxes/:id': on('mailbox', mineOrAdmins),
  'GET /mailboxes/:id/ledger': on('mailbox', mineOrAdmins),
  'POST /messages': door('oooox'),
  'GET /messages/:id': on('message', read),
  'GET /notifications': door('ooooo'),
  'POST /notifications/:id/read': on('notification', 'o--- o--- o--- o--- o---'),

  'GET /events': door('ooooo'),
  'GET /events/stream': { marks: [...'ooooo'], uncalled: true },
  'GET /consumers': door('oxxxx'),
  'GET /consumers/:name/dead-letters': on('unmade', adminsUnmade),
  'POST /consumers/:name/redrive': on('unmade', adminsUnmade, {}),
  'GET /audit': door('ooxxx'),
  'GET /audit/export': door('ooxxx'),

  'GET /setup': open,
  'POST /setup': open,
  'POST /session': open,
  'DELETE /session': open,
  'POST /session/second-factor': open,
  'POST /session/second-factor/setup': open,
  'GET /sessions': door('ooooo'),
  'DELETE /sessions': door('ooooo'),
  'DELETE /sessions/:id': on('unmade', '- - - - -'),
  'POST /me/password': door('ooooo'),
  'POST /users/:id/link': on('user', 'ooo- xxx- xxx- xxx- xxx-', { purpose: 'reset' }),
  'POST /password-resets': open,
  'POST /links/read': open,
  'POST /links/follow': open,
  'GET /me/second-factor': door('ooooo'),
  'POST /me/second-factor': door('ooooo'),
  'POST /me/second-factor/confirm': door('ooooo'),
  'POST /me/second-factor/recovery-codes': door('ooooo'),
  'POST /me/second-factor/remove': door('ooooo'),
  'DELETE /users/:id/second-factor': on('user', 'ooo- xxx- xxx- xxx- xxx-'),
  'GET /sign-in': open,
  'GET /settings/sign-in': door('oxxxx'),
  'PUT /settings/sign-in': door('oxxxx', {}),
  'GET /settings/records': door('ooooo'),
  'PATCH /settings/records': door('oxxxx', {}),
  'POST /settings/mail/test': door('oxxxx'),
  'POST /session/provider/:key': open,
  'POST /session/provider/:key/finish': open,
  'DELETE /users/:id/sessions': on('user', 'ooo- xxx- xxx- xxx- xxx-'),
  'DELETE /users/:id/provider-links': on('user', 'ooo- xxx- xxx- xxx- xxx-'),
  'GET /identity-providers': door('oxxxx'),
  'POST /identity-providers': door('oxxxx', {}),
  'GET /identity-providers/:id': on('unmade', adminsUnmade),
  'PATCH /identity-providers/:id': on('unmade', adminsUnmade, {}),
  'DELETE /identity-providers/:id': on('unmade', adminsUnmade),
  'GET /me': door('ooooo'),
  'GET /users': door('ooooo'),
  'POST /users': door('oxxxx'),
  'GET /users/:id': on('user', 'ooo- ooo- ooo- ooo- ooo-'),
  'PATCH /users/:id': on('user', 'ooo- oxx- oxx- oxx- oxx-', { name: 'New' }),
  'DELETE /users/:id': on('user', 'ooo- xxxx xxxx xxxx xxxx', { inheritor: '00000000-0000-7000-8000-000000000001' }),
  'GET /keys': door('oxxxx'),
  'POST /keys': door('oxxxx'),
  'POST /keys/:id/rotate': on('key', admins, {}),
  'DELETE /keys/:id': on('key', admins),
  'GET /roles': door('oxxxx'),
  'POST /roles': door('oxxxx'),
  'GET /roles/:key': on('role', admins),
  'PATCH /roles/:key': on('role', admins, { name: 'New' }),
  'DELETE /roles/:key': on('role', admins),
  'GET /settings/access': door('oxxxx'),
  'PATCH /settings/access': door('oxxxx'),
  'GET /teams': door('ooooo'),
  'POST /teams': door('oxxxx'),
  'GET /teams/:id': on('team', 'o- o- o- o- o-'),
  'PATCH /teams/:id': on('team', admins, { parentId: null }),
  'DELETE /teams/:id': on('team', admins),
  'PUT /teams/:id/members/:userId': on('team', admins),
  'DELETE /teams/:id/members/:userId': on('team', admins),

  'GET /webhook-sources': door('oxxxx'),
  'POST /webhook-sources': door('oxxxx'),
  'GET /webhook-sources/:id': on('webhook_source', admins),
  'PATCH /webhook-sources/:id': on('webhook_source', admins, { name: 'New' }),
  'DELETE /webhook-sources/:id': on('webhook_source', admins),
  'GET /webhook-sources/:id/receipts': on('webhook_source', admins),
  'GET /webhook-sources/:id/rejections': on('webhook_source', admins),
  'POST /webhook-sources/:id/rotate-secret': on('webhook_source', admins),
  'GET /webhook-receipts/:id': on('unmade', adminsUnmade),
  'POST /webhook-receipts/:id/replay': on('unmade', adminsUnmade),
  'GET /webhook-endpoints': door('oxxxx'),
  'POST /webhook-endpoints': door('oxxxx'),
  'GET /webhook-endpoints/:id': on('webhook_endpoint', admins),
  'PATCH /webhook-endpoints/:id': on('webhook_endpoint', admins, { description: 'New' }),
  'DELETE /webhook-endpoints/:id': on('webhook_endpoint', admins),
  'GET /webhook-endpoints/:id/deliveries': on('webhook_endpoint', admins),
  'POST /webhook-endpoints/:id/rotate-secret': on('webhook_endpoint', admins),
  'POST /webhook-endpoints/:id/test': on('webhook_endpoint', admins),
  'GET /webhook-deliveries/:id': on('unmade', adminsUnmade),
  'GET /webhook-deliveries/:id/attempts': on('unmade', adminsUnmade),
  'POST /webhook-deliveries/:id/redeliver': on('unmade', adminsUnmade),
};
