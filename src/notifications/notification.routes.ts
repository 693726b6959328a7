import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { askToSeeContact } from './access-requests.ts';
import { AskToSee, NotificationOut } from './notification.schema.ts';
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
    '/contacts/access-requests',
    {
      schema: {
        tags,
        summary:
          'Ask the owner of a contact that has an address, and that one does not see, to share it; tells nothing of whether there is one',
        body: AskToSee,
        response: { 202: z.object({}) },
      },
      config: can('contact', 'create'),
    },
    async (req, reply) => {
      await req.transact((ctx) => askToSeeContact(ctx, req.body.email));
      return reply.code(202).send({});
    },
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
