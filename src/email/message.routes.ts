import { emit } from '../emit.ts';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { ById } from '../wire.ts';
import { MessageOut, SendMessage } from './message.schema.ts';
import { getMessage } from './messages.ts';
import { sendMessage } from './send-message.ts';

const tags = ['messages'];

/** Messages: send one, read one. */
export function messageRoutes(app: App): void {
  app.post(
    '/messages',
    {
      schema: {
        tags,
        summary: 'Send a message; it is on the timelines at once, and sent by a job',
        body: SendMessage,
        response: { 201: MessageOut },
      },
      config: can('message', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      const key = req.headers['idempotency-key'];
      return req.transact(async (ctx) => getMessage(ctx, await sendMessage(ctx, req.body, typeof key === 'string' ? key : null)));
    },
  );

  app.get(
    '/messages/:id',
    {
      schema: {
        tags,
        summary: 'Get a message, as far as its mailboxes show it to you',
        params: ById,
        response: { 200: MessageOut },
      },
      config: can('message', 'read'),
    },
    async (req) => {
      const message = await req.read((ctx) => getMessage(ctx, req.params.id));
      // Whoever reads the words of a mail that is in no mailbox of theirs leaves a trace.
      if (message.openness === 'everything')
        await req.transact(async (ctx) => void emit(ctx, 'message.read', { messageId: message.id }));
      return message;
    },
  );
}
