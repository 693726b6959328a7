import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { conflict, forbidden, invalidField, notFound, referenceNotFound } from '../errors.ts';
import { covers, reachOf } from './permissions.ts';
import { requireRoleWithin } from './roles.ts';

interface User {
  id: string;
  role: string;
  isThere: boolean;
}

/**
 * Removes a user: out at once, their address free again, their keys and mailboxes ended, and what they own handed to who inherits. Their
 * name stays, since the log keeps who did what. Throws `user_not_found`, `reference_not_found`, `last_admin`, and `forbidden` for somebody
 * who may do what the remover may not, or owns what the remover may not edit.
 */
export async function removeUser(ctx: Context, id: string, inheritor: string): Promise<void> {
  // Admins first and in order, as whoever changes one does.
  const admins = await rowsOf<{ id: string }>(
    ctx,
    SQL`select id from users where role_key = 'admin' and disabled_at is null order by id for update`,
  );
  const users = await rowsOf<User>(
    ctx,
    SQL`select id, role_key as role, removed_at is null and (id = ${id} or disabled_at is null) as "isThere" from users
        where id = any(${[id, inheritor]}::uuid[]) order by id for update`,
  );
  const user = users.find((one) => one.id === id && one.isThere);
  if (user === undefined) throw notFound('user');
  if (inheritor === id) throw invalidField('/inheritor', 'inherits_from_self', 'Somebody else must inherit.');
  if (!users.some((one) => one.id === inheritor && one.isThere)) throw referenceNotFound('inheritor');
  await requireRoleWithin(ctx, user.role);
  if (admins.every((admin) => admin.id === id) && user.role === 'admin')
    throw conflict('last_admin', 'This is the last admin; make another one first.');
  await shutOut(ctx, id);
  await inherit(ctx, id, inheritor);
  emit(ctx, 'user.removed', { userId: id, inheritor });
}

/** No session, key, mailbox, team or share is theirs any more. */
async function shutOut(ctx: Context, id: string): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update users set removed_at = ${ctx.now}, disabled_at = coalesce(disabled_at, ${ctx.now}), password_hash = null,
          email = id || '@removed.invalid', updated_at = ${ctx.now}, version = version + 1 where id = ${id}`,
  );
  await rowsOf(ctx, SQL`delete from sessions where user_id = ${id}`);
  await rowsOf(ctx, SQL`delete from provider_identities where user_id = ${id}`);
  await rowsOf(ctx, SQL`delete from team_members where user_id = ${id}`);
  await rowsOf(ctx, SQL`delete from record_shares where user_id = ${id}`);
  const keys = await rowsOf<{ id: string }>(
    ctx,
    SQL`update api_keys set revoked_at = ${ctx.now} where user_id = ${id} and revoked_at is null returning id`,
  );
  for (const key of keys) emit(ctx, 'api_key.revoked', { keyId: key.id });
  const mailboxes = await rowsOf<{ id: string }>(
    ctx,
    SQL`update mailboxes set credentials = null, state = 'disconnected', deleted_at = ${ctx.now}, generation = generation + 1,
          version = version + 1, updated_at = ${ctx.now}, error = null, error_code = null, retry_at = null
        where owner_id = ${id} and deleted_at is null returning id`,
  );
  for (const mailbox of mailboxes) emit(ctx, 'mailbox.disconnected', { mailboxId: mailbox.id });
}

/** What is owned and goes to the inheritor; activities stay with who did them. */
const heritage = [
  { object: 'contact', table: 'contacts', column: 'owner_id', field: 'ownerId' },
  { object: 'company', table: 'companies', column: 'owner_id', field: 'ownerId' },
  { object: 'deal', table: 'deals', column: 'owner_id', field: 'ownerId' },
  { object: 'task', table: 'tasks', column: 'assigned_to', field: 'assignedTo' },
] as const;

async function inherit(ctx: Context, from: string, to: string): Promise<void> {
  for (const { object, table, column, field } of heritage) {
    const rows = await rowsOf<{ id: string; isLive: boolean }>(
      ctx,
      SQL`update ${SQL.ref(table)} set ${SQL.ref(column)} = ${to}, version = version + 1, updated_at = ${ctx.now}
          where ${SQL.ref(column)} = ${from} returning id, deleted_at is null as "isLive"`,
    );
    if (rows.length > 0 && !covers(ctx.actor, reachOf(ctx.actor, object, 'edit'), from)) throw forbidden(`${object}:edit`);
    const changes = { [field]: { from, to } };
    for (const { id, isLive } of rows) if (isLive) tell(ctx, table, { id, changes });
  }
}

interface Handed {
  id: string;
  changes: Record<string, { from: string; to: string }>;
}

function tell(ctx: Context, table: (typeof heritage)[number]['table'], { id, changes }: Handed): void {
  if (table === 'contacts') emit(ctx, 'contact.updated', { contactId: id, changes });
  else if (table === 'companies') emit(ctx, 'company.updated', { companyId: id, changes });
  else if (table === 'deals') emit(ctx, 'deal.updated', { dealId: id, changes });
  else emit(ctx, 'task.updated', { taskId: id, dealId: null, changes });
}
