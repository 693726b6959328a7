import type { RawBuilder } from 'kysely';
import type { Actor, Context, Reach, Verb } from '../context.ts';
import { SQL } from '../database.ts';
import { forbidden } from '../errors.ts';

/** Nouns that permissions speak of. */
export type ObjectName =
  | 'company'
  | 'contact'
  | 'deal'
  | 'pipeline'
  | 'activity'
  | 'task'
  | 'message'
  | 'mailbox'
  | 'event'
  | 'notification'
  | 'user'
  | 'key'
  | 'webhook_source'
  | 'webhook_endpoint'
  | 'run'
  | 'system';

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

/** Where each object keeps its owner. Tables are named here, not slices. */
const ownerColumns: Partial<Record<ObjectName, string>> = {
  company: 'owner_id',
  contact: 'owner_id',
  deal: 'owner_id',
  activity: 'owner_id',
  task: 'assigned_to',
  mailbox: 'owner_id',
  message: 'owner_id',
  notification: 'user_id',
  webhook_endpoint: 'owner_id',
  user: 'id',
};

/**
 * The one predicate: a condition on the rows of `object` that holds for what the actor may read. `alias` is the table's name in the query.
 * Every list, get, count, timeline, feed and search uses it, and nothing else does.
 */
export function visible(ctx: Context, object: ObjectName, alias: string): RawBuilder<boolean> {
  const reach = reachOf(ctx.actor, object, 'read');
  if (reach === 'all') return SQL<boolean>`true`;
  const column = ownerColumns[object];
  if (reach === 'none' || column === undefined || ctx.actor.userId === null) return SQL<boolean>`false`;
  return SQL<boolean>`${SQL.ref(`${alias}.${column}`)} = ${ctx.actor.userId}`;
}

/**
 * SQL for how far a message is open to an actor: 3 it lies in a mailbox of theirs, 2 everything, 1 the subject, 0 who and when. The one
 * policy of mail, wherever its words could show; `message` is an expression of the query.
 */
export function mailOpenness(actor: Actor, message: string): string {
  if (actor.kind === 'system') return '3';
  const viewer = actor.userId === null ? 'null' : `'${actor.userId.replace(/[^0-9a-f-]/g, '')}'`;
  return `mail_openness(${message}, ${viewer}::uuid)`;
}

/** Throws 403, naming the permission, unless the actor may do `verb` to a record of this owner. Only for records they see. */
export function requireReach(ctx: Context, permission: { object: ObjectName; verb: Verb }, ownerId: string | null): void {
  const reach = reachOf(ctx.actor, permission.object, permission.verb);
  if (reach === 'all' || (reach === 'own' && ownerId !== null && ownerId === ctx.actor.userId)) return;
  throw forbidden(`${permission.object}:${permission.verb}`);
}
