import type { RawBuilder } from 'kysely';
import { type Actor, type Context, type Grants, type Reach, rowOf, type Verb } from '../context.ts';
import { SQL } from '../database.ts';
import { forbidden, notFound } from '../errors.ts';
import type { capabilities, objectNames } from './permission.schema.ts';

/** Nouns that permissions speak of. */
export type ObjectName = (typeof objectNames)[number];

/** Acts on the hub as a whole. */
type Capability = keyof typeof capabilities;

/** Whether an actor has a capability. `*` stands for all but the reading of others' mail, which is always named. */
export const may = (actor: Actor, capability: Capability): boolean =>
  actor.kind === 'system' ||
  actor.grants.capabilities.includes(capability) ||
  (capability !== 'read_others_mail' && actor.grants.capabilities.includes('*'));

/** What a route asks of its caller: one verb on one object, merely to be signed in, or nothing. */
export type Permission = { object: ObjectName; verb: Verb } | 'signed-in' | 'public';

/** Route config: the caller needs `verb` on `object`, at least for their own records. */
export const can = (object: ObjectName, verb: Verb): { permission: Permission } => ({ permission: { object, verb } });

/** Route config: any signed-in caller. */
export const signedIn = { permission: 'signed-in' as const };

/** Route config: anybody. Each use is a decision. */
export const open = { permission: 'public' as const };

/** How far an actor's role reaches. */
export function reachOf(actor: Actor, object: ObjectName, verb: Verb): Reach {
  const { permissions } = actor.grants;
  return permissions[object]?.[verb] ?? permissions['*']?.[verb] ?? 'none';
}

/** The fields of an object that an actor's role hides: they are in no answer, and to a caller there are none such. */
export function hiddenFields({ grants }: { grants: Grants }, object: ObjectName): ReadonlySet<string> {
  const rules = grants.fields?.[object];
  if (rules === undefined) return object === 'message' ? ofSenders(grants) : nothing;
  const hidden = new Set(Object.keys(rules).filter((field) => rules[field] === 'hidden'));
  for (const [field, also] of Object.entries(alongside)) if (hidden.has(also)) hidden.add(field);
  // The name of a contact is made of these.
  if (object === 'contact' && (hidden.has('firstName') || hidden.has('lastName'))) hidden.add('name');
  return hidden;
}

/** A search tells the sender of a mail by name or address. */
function ofSenders(grants: Grants): ReadonlySet<string> {
  const hidden = hiddenFields({ grants }, 'contact');
  return hidden.has('email') || hidden.has('name') ? new Set(['from']) : nothing;
}

/** Fields for which another one decides: what is hidden or kept from writing in a contact's address or company is so in its other ones. */
export const alongside: Readonly<Record<string, string>> = {
  otherEmails: 'email',
  otherDomains: 'domain',
  companies: 'companyId',
  anyCompanyId: 'companyId',
  anyContactId: 'contactId',
};

const nothing: ReadonlySet<string> = new Set();

/** Throws 403, naming the field, for a sum over one that is hidden from the actor: it would tell of it. */
export function requireShown(ctx: Context, object: ObjectName, field: string): void {
  if (hiddenFields(ctx.actor, object).has(field)) throw forbidden(`${object}.${field}:read`);
}

interface Owned {
  table: string;
  owner: string;
}

/** Where each object that has an owner keeps it. Tables are named here, not slices. */
export const owned: Record<Shareable, Owned> & Partial<Record<ObjectName, Owned>> = {
  company: { table: 'companies', owner: 'owner_id' },
  contact: { table: 'contacts', owner: 'owner_id' },
  deal: { table: 'deals', owner: 'owner_id' },
  activity: { table: 'activities', owner: 'owner_id' },
  task: { table: 'tasks', owner: 'assigned_to' },
  mailbox: { table: 'mailboxes', owner: 'owner_id' },
  message: { table: 'messages', owner: 'owner_id' },
  notification: { table: 'notifications', owner: 'user_id' },
  webhook_endpoint: { table: 'webhook_endpoints', owner: 'owner_id' },
  view: { table: 'views', owner: 'owner_id' },
  bulk_edit: { table: 'bulk_edits', owner: 'created_by' },
  user: { table: 'users', owner: 'id' },
};

/** Objects whose single records can be shared. */
export const shareable = ['contact', 'company', 'deal'] as const satisfies readonly ObjectName[];
export type Shareable = (typeof shareable)[number];
const isShareable = (object: ObjectName): object is Shareable => (shareable as readonly ObjectName[]).includes(object);

const always = SQL<boolean>`true`;
const never = SQL<boolean>`false`;

/**
 * The one predicate: a condition on the rows of `object` that holds for what the actor may read. `alias` is the table's name in the query.
 * Every list, get, count, timeline, feed and search uses it, and nothing else does. Its text depends on the reaches of the role alone.
 */
export function visible(ctx: Context, object: ObjectName, alias: string): RawBuilder<boolean> {
  const { actor } = ctx;
  const reach = reachOf(actor, object, 'read');
  const place = owned[object];
  if (reach === 'none') return never;
  if (object === 'activity' || object === 'task' || object === 'message') return visibleByRecords(ctx, object, alias);
  if (reach === 'all') return always;
  if (object === 'audit') return auditWithin(actor, reach, alias);
  if (place === undefined) return never;
  const own = ownedWithin(actor, reach, `${alias}.${place.owner}`);
  return isShareable(object) ? SQL<boolean>`(${own} or ${SQL.ref(`${alias}.id`)} = any(${sharedWith(actor, object)}))` : own;
}

const ownedWithin = (actor: Actor, reach: Reach, owner: string): RawBuilder<boolean> =>
  reach === 'team'
    ? SQL<boolean>`${SQL.ref(owner)} = any(${uuids(membersOf(actor))})`
    : SQL<boolean>`${SQL.ref(owner)} = ${actor.userId}::uuid`;

/** Entries of what these people and their keys did, and of what was done to them. */
function auditWithin(actor: Actor, reach: Reach, alias: string): RawBuilder<boolean> {
  const people = reach === 'team' ? membersOf(actor) : [actor.userId];
  const [actorId, recordId, recordType] = ['actor_id', 'record_id', 'record_type'].map((column) => SQL.ref(`${alias}.${column}`));
  return SQL<boolean>`(${actorId} = any(array(select unnest(${people}::uuid[]) union all
      select id from api_keys where user_id = any(${people}::uuid[]))) or (${recordType} = 'user' and ${recordId} = any(${people}::uuid[])))`;
}

/** A condition on rows for which the actor's role reaches far enough to do `verb` to them. `owner` is SQL of who owns a row. */
export function reachable(
  { actor }: Context,
  { object, verb }: { object: ObjectName; verb: Verb },
  owner: string,
): RawBuilder<boolean> {
  const reach = reachOf(actor, object, verb);
  if (reach === 'all') return always;
  const people = reach === 'team' ? membersOf(actor) : [actor.userId];
  return reach === 'none' ? never : SQL<boolean>`${SQL.raw(owner)} = any(${people}::uuid[])`;
}

const membersOf = ({ grants, userId }: Actor): readonly string[] => grants.members ?? (userId === null ? [] : [userId]);

/** Arrays of ids as Postgres reads them: an actor's are the same in every statement, several times in each. */
const none: readonly string[] = [];
const arrays = new WeakMap<readonly string[], string>();

function uuids(ids: readonly string[]): RawBuilder<string[]> {
  const text = arrays.get(ids) ?? `{${ids.join()}}`;
  arrays.set(ids, text);
  return SQL<string[]>`${text}::uuid[]`;
}

/** By which owners an actor comes to the rows of an object, and by which single ids. */
export interface Ways {
  /** Column of the owner. */
  owner: string;
  owners: readonly string[];
  /** The same in SQL. */
  ids: RawBuilder<string[]>;
  /** What `visible` holds for is this, or has its id among `shared`. */
  own: RawBuilder<boolean>;
  shared: RawBuilder<unknown>;
}

/** More owners than these are a good part of everybody: a list does better to walk all rows. */
const waysAtMost = 100;

/**
 * How to find what `visible` holds for, when that is the records of few owners: a list asks each owner's index for a page and takes the
 * first of them, whosever the newest rows are. Undefined where there is no narrower way than all rows.
 */
export function waysTo(ctx: Context, object: ObjectName, alias: string): Ways | undefined {
  const reach = reachOf(ctx.actor, object, 'read');
  if (!isShareable(object) || (reach !== 'own' && reach !== 'team')) return undefined;
  const owners = reach === 'team' ? membersOf(ctx.actor) : [ctx.actor.userId].filter((id) => id !== null);
  if (owners.length > waysAtMost) return undefined;
  const owner = `${alias}.${owned[object].owner}`;
  return { owner, owners, ids: uuids(owners), own: ownedWithin(ctx.actor, reach, owner), shared: sharedWith(ctx.actor, object) };
}

/** Ids of the records that are shared with the actor: an array that Postgres makes once per statement. */
const sharedWith = ({ userId, grants }: Actor, object: Shareable) =>
  SQL`array(select record_id from record_shares where object = ${SQL.lit(object)}
        and (user_id = ${userId}::uuid or team_id = any(${uuids(grants.teams ?? none)})))`;

/**
 * Activities, tasks and mail follow their records: one sees those of the records one sees, one's own, and those of no record. A reach of
 * less than `all` narrows this to those that the team, or one oneself, did or is to do. What a mail says is `mailOpenness`'s to decide.
 */
function visibleByRecords(ctx: Context, object: 'activity' | 'task' | 'message', alias: string): RawBuilder<boolean> {
  const { actor } = ctx;
  const reach = reachOf(actor, object, 'read');
  const owner = object === 'task' ? 'assigned_to' : 'owner_id';
  const own = ownedWithin(actor, 'own', `${alias}.${owner}`);
  const mine = object === 'task' ? SQL<boolean>`(${own} or ${ownedWithin(actor, 'own', `${alias}.created_by`)})` : own;
  if (reach === 'own') return mine;
  const seen = SQL<boolean>`(${mine} or ${onSeenRecord(ctx, object, alias)})`;
  if (reach === 'team') return SQL<boolean>`((${ownedWithin(actor, 'team', `${alias}.${owner}`)} or ${mine}) and ${seen})`;
  return seesAllRecords(actor) ? always : seen;
}

const seesAllRecords = (actor: Actor): boolean => shareable.every((object) => reachOf(actor, object, 'read') === 'all');

function onSeenRecord(ctx: Context, object: 'activity' | 'task' | 'message', alias: string): RawBuilder<boolean> {
  if (seesAllRecords(ctx.actor)) return always;
  const at = (column: string) => SQL.ref(`${alias}.${column}`);
  const contact = visible(ctx, 'contact', 'seen_contact');
  if (object === 'message') {
    return SQL<boolean>`(exists (select 1 from message_participants p join contacts seen_contact on seen_contact.id = p.contact_id
        where p.message_id = ${at('id')} and ${contact})
      or exists (select 1 from activities seen_activity where seen_activity.message_id = ${at('id')} and ${onSeenRecord(ctx, 'activity', 'seen_activity')})
      or exists (select 1 from message_mailboxes l join mailboxes on mailboxes.id = l.mailbox_id
        where l.message_id = ${at('id')} and mailboxes.owner_id = ${ctx.actor.userId}::uuid))`;
  }
  const contacts =
    object === 'task'
      ? SQL`select 1 from contacts seen_contact where seen_contact.id = ${at('contact_id')} and ${contact}`
      : SQL`select 1 from activity_links l join contacts seen_contact on seen_contact.id = l.contact_id
            where l.activity_id = ${at('id')} and ${contact}`;
  return SQL<boolean>`(exists (${contacts})
    or exists (select 1 from companies seen_company where seen_company.id = ${at('company_id')} and ${visible(ctx, 'company', 'seen_company')})
    or exists (select 1 from deals seen_deal where seen_deal.id = ${at('deal_id')} and ${visible(ctx, 'deal', 'seen_deal')})
    or (${at('contact_id')} is null and ${at('company_id')} is null and ${at('deal_id')} is null))`;
}

/**
 * SQL for how far a message is open to an actor: 3 it lies in a mailbox of theirs, 2 everything, 1 the subject, 0 who and when. The one
 * policy of mail, wherever its words could show; `message` is an expression of the query.
 */
export function mailOpenness(actor: Actor, message: string): string {
  if (actor.kind === 'system') return '3';
  const viewer = actor.userId === null ? 'null' : `'${actor.userId.replace(/[^0-9a-f-]/g, '')}'`;
  const openness = `mail_openness(${message}, ${viewer}::uuid)`;
  return may(actor, 'read_others_mail') ? `greatest(2, ${openness})` : openness;
}

/** A record that is to be changed, as far as rights go: with the owner it has now. */
export interface Reached {
  id: string;
  ownerId?: string | null | undefined;
}

/**
 * Throws the object's 404 unless the actor sees the record, and 403 naming the permission unless they may do `verb` to it: by its owner,
 * or as one it is shared with to edit. Costs a statement only where the owner alone does not decide.
 */
export async function requireReach(
  ctx: Context,
  { object, verb }: { object: ObjectName; verb: Exclude<Verb, 'create'> },
  record: Reached,
): Promise<void> {
  const { actor } = ctx;
  const owner = record.ownerId ?? null;
  const reach = reachOf(actor, object, verb);
  const reached = covers(actor, reach, owner);
  const isMine = owner !== null && owner === actor.userId && reachOf(actor, object, 'read') !== 'none';
  if (reached && (isMine || seesAll(actor, object))) return;
  const place = owned[object];
  if (place === undefined) throw reached ? notFound(object) : forbidden(`${object}:${verb}`);
  const edits = isShareable(object)
    ? SQL`exists (select 1 from record_shares where object = ${object} and record_id = ${record.id} and access = 'edit'
            and (user_id = ${actor.userId} or team_id = any(${actor.grants.teams ?? []}::uuid[])))`
    : never;
  const seen = await rowOf<{ edits: boolean }>(
    ctx,
    SQL`select ${edits} as edits from ${SQL.ref(place.table)} where id = ${record.id} and ${visible(ctx, object, place.table)}`,
  );
  if (seen === undefined) throw notFound(object);
  if (!reached && !(verb === 'edit' && reach !== 'none' && seen.edits)) throw forbidden(`${object}:${verb}`);
}

/** Throws 403 for another owner of a record that the actor edits only as one it is shared with: it stays its owner's, to keep and to delete. */
export function requireHandOver(
  { actor }: Context,
  object: Shareable,
  { from, to }: { from: string | null; to: string | null | undefined },
): void {
  if (to === undefined || to === from) return;
  if (!covers(actor, reachOf(actor, object, 'edit'), from)) throw forbidden(`${object}:edit`);
}

/** Whether the actor's read of an object is not narrowed by anything. */
export const seesAll = (actor: Actor, object: ObjectName): boolean =>
  reachOf(actor, object, 'read') === 'all' && (!['activity', 'task', 'message'].includes(object) || seesAllRecords(actor));

/** Whether a reach goes as far as the records of an owner. */
export function covers(actor: Actor, reach: Reach, ownerId: string | null): boolean {
  if (reach === 'all') return true;
  if (reach === 'none' || ownerId === null) return false;
  return reach === 'own' ? ownerId === actor.userId : membersOf(actor).includes(ownerId);
}

/** Throws 403 unless the actor may make a record of this owner; one's own if the role makes any. */
export function requireCreate(ctx: Context, object: ObjectName, ownerId: string | null | undefined): void {
  const reach = reachOf(ctx.actor, object, 'create');
  const mine = reach !== 'none' && (ownerId ?? null) === ctx.actor.userId;
  if (!mine && !covers(ctx.actor, reach, ownerId ?? null)) throw forbidden(`${object}:create`);
}
