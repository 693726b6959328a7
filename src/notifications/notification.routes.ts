import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { NotificationOut } from './notification.schema.ts';
import { listNotifications, readNotification } from './notifications.ts';

const tags = ['notifications'];
const ListNotifications = PageQuery.extend({ unread: z.stringbool().optional() });

/** The caller's own notifications. */
export function notificationRoutes(app: App): void {
  app.get(
    '/notifications',
    {
      schema: {
        tags,
        summary: 'List my notifications',
        querystring: ListNotifications,
        response: { 200: pageOf(NotificationOut) },
      },
      config: can('notification', 'read'),
    },
    (req) => req.read((ctx) => listNotifications(ctx, req.query)),
  );

  app.post(
    '/notifications/:id/read',
    {
      schema: { tags, summary: 'Mark a notification as read', params: ById, response: { 204: z.null() } },
      config: can('notification', 'edit'),
    },
    async (req, reply) => {
      await req.transact((ctx) => readNotification(ctx, req.params.id));
      return reply.code(204).send();
    },
  );
}
