import { randomBytes } from 'node:crypto';
import { logActivity } from '../../src/activities/activities.ts';
import { newId, rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { notify } from '../../src/notifications/notifications.ts';
import { aCompany, aContact, aDeal, aTask } from '../support/factories.ts';
import type { Hub, Person } from '../support/hub.ts';
import { type Caller, callers, type Kind, type Which } from './matrix.words.ts';

/** Around each caller: somebody of their team, and somebody who has nothing to do with them. */
export interface Around {
  me: Person;
  mate: Person;
  stranger: Person;
}

export const missingId = '00000000-0000-7000-8000-000000000000';

/** Makes the callers, each with a team. Reps who read only what is their team's are a role of their own here. */
export async function makeCallers(hub: Hub): Promise<Record<Caller, Around>> {
  const { body: rep } = await hub.call('GET', '/roles/rep');
  const narrowed = Object.fromEntries(
    ['contact', 'company', 'deal'].map((object) => [object, { ...rep.permissions[object], read: 'team' }]),
  );
  const { capabilities, fields } = rep;
  const role = { key: 'team_rep', name: 'Team rep', permissions: { ...rep.permissions, ...narrowed }, capabilities, fields };
  if ((await hub.call('POST', '/roles', { body: role })).status !== 201) throw new Error('the role of team reps was not made');
  const stranger = await hub.aRep('Sven');
  const all = callers.map(async (caller): Promise<[Caller, Around]> => {
    const [me, mate] = [await hub.aUser(caller === 'teamRep' ? 'team_rep' : caller), await hub.aRep('Mate')];
    const { id } = (await hub.call('POST', '/teams', { body: { name: `Team of ${caller}` } })).body;
    for (const person of [me, mate]) await hub.call('PUT', `/teams/${id}/members/${person.id}`);
    return [caller, { me, mate, stranger }];
  });
  return Object.fromEntries(await Promise.all(all)) as Record<Caller, Around>; // one entry per caller
}

const word = (): string => `n${randomBytes(5).toString('hex')}`;

/** Makes the record that a cell asks for, and gives what stands for it in the path. */
export async function recordOf(hub: Hub, kind: Kind, { which, around }: { which: Which; around: Around }): Promise<string> {
  if (which === 'missing') return kind === 'role' ? 'missing' : missingId;
  const ownerId = { own: around.me, team: around.mate, other: around.stranger, shared: around.stranger, there: around.me }[which]
    .id;
  switch (kind) {
    case 'contact':
    case 'company':
    case 'deal':
      return ofOwner(hub, kind, { ownerId, sharedWith: which === 'shared' ? around.me.id : undefined });
    case 'activity':
    case 'task':
    case 'message': {
      const contactId = await ofOwner(hub, 'contact', { ownerId, sharedWith: which === 'shared' ? around.me.id : undefined });
      return workOf(hub, kind, { ownerId, contactId });
    }
    case 'file':
      return aFile(hub, await ofOwner(hub, 'contact', { ownerId, sharedWith: which === 'shared' ? around.me.id : undefined }));
    case 'mailbox':
      return aMailbox(hub, ownerId);
    case 'bulk_edit':
      return aBulkEdit(hub, ownerId);
    case 'view':
      return aView(hub, ownerId);
    case 'notification':
      return aNotification(hub, ownerId);
    case 'user':
      return ownerId;
    default:
      return other(hub, kind);
  }
}

type Owned = 'contact' | 'company' | 'deal';

async function ofOwner(
  hub: Hub,
  kind: Owned,
  { ownerId, sharedWith }: { ownerId: string; sharedWith: string | undefined },
): Promise<string> {
  const make = {
    contact: () => aContact(hub, { ownerId }),
    company: () => aCompany(hub, { ownerId }),
    deal: () => aDeal(hub, { ownerId, contactId: null }),
  };
  const { id } = await make[kind]();
  const path = { contact: 'contacts', company: 'companies', deal: 'deals' }[kind];
  if (sharedWith !== undefined) await hub.call('POST', `/${path}/${id}/shares`, { body: { userId: sharedWith, access: 'edit' } });
  return id;
}

async function workOf(
  hub: Hub,
  kind: 'activity' | 'task' | 'message',
  about: { ownerId: string; contactId: string },
): Promise<string> {
  const { ownerId, contactId } = about;
  if (kind === 'task') return (await aTask(hub, { assignedTo: ownerId, contactId })).id;
  if (kind === 'activity')
    return hub.deed((ctx) =>
      logActivity(ctx, { type: 'note', subject: 'Note', contactIds: [contactId], ownerId, source: 'user' }),
    );
  const id = newId();
  await hub.deed(async (ctx) => {
    await rowsOf(ctx, SQL`insert into mail_threads (id, created_at) values (${id}, ${ctx.now})`);
    await rowsOf(
      ctx,
      SQL`insert into messages (id, identity, fingerprint, thread_id, owner_id, direction, kind, subject, snippet, text, sent_at, in_reply_to,
            reference_ids, size, truncated, damaged, created_at)
          values (${id}, ${id}, '', ${id}, ${ownerId}, 'in', 'human', '', '', '', ${ctx.now}, '{}', '{}', 0, false, false, ${ctx.now})`,
    );
    await rowsOf(
      ctx,
      SQL`insert into message_participants (message_id, role, address_normal, position, name, contact_id) values (${id}, 'from', 'a@b.test', 0, '', ${contactId})`,
    );
  });
  return id;
}

const server = JSON.stringify({ host: 'mail.test', port: 993, security: 'tls', username: 'u', authType: 'password' });

async function aMailbox(hub: Hub, ownerId: string): Promise<string> {
  const id = newId();
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`insert into mailboxes (id, owner_id, address, address_normal, imap, smtp, state, create_contacts, visibility, created_at, updated_at)
          values (${id}, ${ownerId}, ${`${id}@x.test`}, ${`${id}@x.test`}, ${server}, ${server}, 'paused',
            'none', 'metadata', ${ctx.now}, ${ctx.now})`,
    ),
  );
  return id;
}

/** How the content of a file is sent. */
export const upload = { query: '?name=plan.txt', body: 'content', headers: { 'content-type': 'text/plain' } };

async function aFile(hub: Hub, contactId: string): Promise<string> {
  const { query, body, headers } = upload;
  return (await hub.call('POST', `/contacts/${contactId}/files${query}`, { body, headers })).body.id;
}

async function aBulkEdit(hub: Hub, createdBy: string): Promise<string> {
  const id = newId();
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`insert into bulk_edits (id, object, ids, patch, state, actor_kind, created_by, created_at, updated_at)
          values (${id}, 'contact', '{}', '{"values": {}, "addTagIds": [], "removeTagIds": []}', 'done', 'user', ${createdBy}, ${ctx.now}, ${ctx.now})`,
    ),
  );
  return id;
}

async function aView(hub: Hub, ownerId: string): Promise<string> {
  const id = newId();
  await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`insert into views (id, object, name, owner_id, created_at, updated_at) values (${id}, 'contact', 'Mine', ${ownerId}, ${ctx.now}, ${ctx.now})`,
    ),
  );
  return id;
}

/** The entry of a record's history in which the admin changed a field. */
export async function changeOf(hub: Hub, path: string, { id, field }: { id: string; field: string }): Promise<string> {
  await hub.call('PATCH', `${path}/${id}`, { body: { [field]: word() } });
  const [entry] = await hub.deed((ctx) =>
    rowsOf<{ id: string }>(
      ctx,
      SQL`select id from events where record_id = ${id} and type like '%.updated' order by seq desc limit 1`,
    ),
  );
  return entry?.id ?? missingId;
}

async function aNotification(hub: Hub, userId: string): Promise<string> {
  const recordId = newId();
  await hub.deed((ctx) =>
    notify(ctx, { userId, kind: 'task_due', recordType: 'task', recordId, subject: 'Due', basis: recordId }),
  );
  const [row] = await hub.deed((ctx) =>
    rowsOf<{ id: string }>(ctx, SQL`select id from notifications where record_id = ${recordId}`),
  );
  return row?.id ?? '';
}

/** What admins alone make. */
async function other(hub: Hub, kind: Kind): Promise<string> {
  const made: Partial<Record<Kind, [path: string, body: object]>> = {
    role: ['/roles', { key: word(), name: word(), permissions: {} }],
    team: ['/teams', { name: word() }],
    key: ['/keys', { name: word(), role: 'rep' }],
    custom_field: ['/custom-fields', { object: 'contact', name: word(), label: 'Field', type: 'text' }],
    tag: ['/tags', { name: word() }],
    activity_type: ['/activity-types', { key: word(), label: 'Type' }],
    webhook_source: ['/webhook-sources', { name: word(), preset: 'standard', mapping: '{}' }],
    webhook_endpoint: ['/webhook-endpoints', { url: 'http://127.0.0.1:9/' }],
  };
  const [path, body] = made[kind] ?? [];
  if (path === undefined) throw new Error(`Say in matrix.world.ts how a ${kind} is made.`);
  const answer = await hub.call('POST', path, { body });
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return kind === 'role' ? answer.body.key : answer.body.id;
}
