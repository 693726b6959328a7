import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { notFound } from '../errors.ts';
import { hiddenFields, mailOpenness, visible } from '../identity/permissions.ts';
import { columnsOf, jsonOf, type WireColumns } from '../wire.ts';
import { safeHtml } from './html.rules.ts';
import type { MessageShown } from './message.schema.ts';

/**
 * A message as far as it is open to the viewer: who and when to all, the subject, the rest, and bcc only to those in whose mailbox it
 * lies. What may not be seen does not leave the database. HTML comes out safe to show. Throws `message_not_found`.
 */
export async function getMessage(ctx: Context, id: string): Promise<MessageShown> {
  const row = await rowOf<{ message: MessageShown }>(
    ctx,
    SQL`select ${SQL.raw(jsonOf({ ...columns, participants: participants(ctx) }))} as message
        from (select m.*, ${SQL.raw(mailOpenness(ctx.actor, 'm.id'))} as openness from messages m where m.id = ${id}) messages
          left join outgoing_messages o on o.message_id = messages.id
        where ${visible(ctx, 'message', 'messages')}`,
  );
  if (row === undefined) throw notFound('message');
  const { message } = row;
  return { ...message, html: message.html === null ? null : safeHtml(message.html) };
}

const from = (openness: number, expression: string, otherwise = 'null') =>
  `case when openness >= ${openness} then ${expression} else ${otherwise} end`;

/** Who a message is from and to. Of a contact in somebody else's mail, what the viewer's role hides of contacts is hidden here too. */
function participants({ actor }: Context): WireColumns[string] {
  const hidden = hiddenFields(actor, 'contact');
  const told = (field: string, expression: string, otherwise: string) =>
    hidden.has(field) ? `case when openness >= 3 or p.contact_id is null then ${expression} else ${otherwise} end` : expression;
  const person = `json_build_object('role', p.role, 'address', ${told('email', 'p.address_normal', 'null')}, 'name', ${told('name', 'p.name', "''")},
    'contactId', p.contact_id)`;
  return [
    `coalesce((select json_agg(${person} order by array_position(array['from', 'to', 'cc', 'bcc'], p.role), p.position)
      from message_participants p where p.message_id = messages.id and (p.role <> 'bcc' or openness >= 3)), '[]')`,
    'plain',
  ];
}

const columns: WireColumns = {
  ...columnsOf('messages', 'id threadId'),
  headerId: ['messages.message_id', 'plain'],
  ...columnsOf('messages', 'direction kind sentAt:instant'),
  openness: ["(array['metadata', 'subject', 'everything', 'own'])[openness + 1]", 'plain'],
  participants: ['null', 'plain'], // whose these are is `participants`'s to say
  subject: [from(1, 'messages.subject'), 'plain'],
  text: [from(2, 'messages.text'), 'plain'],
  html: [from(2, 'messages.html'), 'plain'],
  attachments: [
    from(
      2,
      `coalesce((select json_agg(json_build_object('index', a.position, 'filename', a.filename, 'contentType', a.content_type,
          'size', a.size, 'contentId', a.content_id, 'inline', a.inline) order by a.position)
        from attachments a where a.message_id = messages.id), '[]')`,
      `'[]'::json`,
    ),
    'plain',
  ],
  ...columnsOf('messages', 'truncated damaged'),
  activityId: [
    "(select a.id from activities a where a.message_id = messages.id and a.source = 'email' and a.deleted_at is null)",
    'plain',
  ],
  send: [
    from(
      3,
      `case when o.message_id is not null then ${jsonOf({
        state: ['o.state', 'plain'],
        errorCode: ['o.error_code', 'plain'],
        error: ['o.error', 'plain'],
        sentAt: ['o.sent_at', 'instant'],
        refused: ['o.refused', 'plain'],
      })} end`,
    ),
    'plain',
  ],
};
