import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { notFound } from '../errors.ts';
import { reachOf, visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import { columnsOf } from '../wire.ts';

/** What a user is to be told. `basis` is what it rests on (a due date, an event): the same basis notifies once. */
export interface NewNotification {
  userId: string;
  kind: 'task_due' | 'task_reminder' | 'deal_rotting' | 'access_requested';
  recordType: 'task' | 'deal' | 'contact';
  recordId: string;
  subject: string;
  basis: string;
}

/** Tells a user, once per kind, record and basis. True when it was new. */
export async function notify(ctx: Context, notification: NewNotification): Promise<boolean> {
  const { userId, kind, recordType, recordId, subject, basis } = notification;
  const row = await rowOf(
    ctx,
    SQL`insert into notifications (id, user_id, kind, record_type, record_id, subject, basis, created_at)
        values (${newId()}, ${userId}, ${kind}, ${recordType}, ${recordId}, ${subject}, ${basis}, ${ctx.now})
        on conflict do nothing returning 1`,
  );
  return row !== undefined;
}

/** A page of the caller's notifications, newest first. */
export function listNotifications(ctx: Context, page: PageRequest & { unread?: boolean | undefined }): Promise<JsonText> {
  const where = [
    visible(ctx, 'notification', 'notifications'),
    SQL`notifications.user_id = ${ctx.actor.userId}`,
    // What is no longer seen is not told of either.
    SQL`case notifications.record_type
          when 'task' then exists (select 1 from tasks where tasks.id = notifications.record_id and ${visible(ctx, 'task', 'tasks')})
          when 'contact' then exists (select 1 from contacts where contacts.id = notifications.record_id and ${visible(ctx, 'contact', 'contacts')})
          else exists (select 1 from deals where deals.id = notifications.record_id and ${visible(ctx, 'deal', 'deals')}) end`,
  ];
  const filters = page.unread === true ? [SQL`notifications.read_at is null`] : [];
  return listOf(ctx, page, {
    name: `notifications_${reachOf(ctx.actor, 'notification', 'read')}`,
    columns: columnsOf('notifications', 'id kind recordType recordId subject readAt:instant createdAt:instant'),
    from: SQL`notifications`,
    where,
    filters,
    id: 'notifications.id',
    sorts: { id: { expression: 'notifications.id', type: 'uuid', descending: true } },
    defaultSort: 'id',
  });
}

/** Marks one of the caller's notifications as read. Throws `notification_not_found`. */
export async function readNotification(ctx: Context, id: string): Promise<void> {
  const rows = await rowsOf(
    ctx,
    SQL`update notifications set read_at = coalesce(read_at, ${ctx.now}) where id = ${id} and user_id = ${ctx.actor.userId} returning 1`,
  );
  if (rows.length === 0) throw notFound('notification');
}
