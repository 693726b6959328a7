import { type Context, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import type { SyncMailbox } from './correspondents.ts';
import type { SyncFolder } from './folders.ts';
import type { MailDraft, SendResult } from './mail.ports.ts';
import type { ParsedMessage } from './message.rules.ts';

/** Where a send stands. `in_doubt`: the server may have taken it; it is shown, and never repeated by itself. */
export type SendState = 'queued' | 'sending' | 'sent' | 'in_doubt' | 'failed';

/** A send as its job needs it. */
export interface Outgoing {
  messageId: string;
  mailboxId: string;
  state: SendState;
  draft: MailDraft;
  filed: boolean;
}

/** A send by its message; undefined when there is none. */
export const outgoingOf = (ctx: Context, messageId: string): Promise<Outgoing | undefined> =>
  rowOf<Outgoing>(
    ctx,
    SQL`select message_id as "messageId", mailbox_id as "mailboxId", state, draft, filed_at is not null as filed
        from outgoing_messages where message_id = ${messageId} for update`,
  );

/**
 * Takes a send in hand before a byte goes out. True when it is the caller's to send. One that is found `sending` belongs to a process
 * that died in the middle: it becomes `in_doubt`.
 */
export async function beginSend(ctx: Context, outgoing: Outgoing): Promise<boolean> {
  if (outgoing.state === 'queued') {
    await rowsOf(ctx, SQL`update outgoing_messages set state = 'sending' where message_id = ${outgoing.messageId}`);
    return true;
  }
  if (outgoing.state === 'sending') await doubtSend(ctx, outgoing, 'The process that sent it ended before the answer came.');
  return false;
}

/** Notes what the server answered to a message it took, and says so in the log. */
export async function finishSend(ctx: Context, { messageId, mailboxId }: Outgoing, result: SendResult): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update outgoing_messages set server_message_id = ${result.serverMessageId ?? null}, refused = ${JSON.stringify(result.refused)},
          response = ${result.response.slice(0, 500)} where message_id = ${messageId}`,
  );
  await markSent(ctx, [messageId], mailboxId);
}

/** Back to the queue: nothing was sent, and trying again makes sense. */
export const requeueSend = (ctx: Context, { messageId }: Outgoing, words: string) =>
  rowsOf(
    ctx,
    SQL`update outgoing_messages set state = 'queued', error = ${words} where message_id = ${messageId} and state = 'sending'`,
  );

/** Nothing was sent, and trying again makes no sense. */
export async function failSend(
  ctx: Context,
  { messageId, mailboxId }: Outgoing,
  why: { code: string; words: string },
): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update outgoing_messages set state = 'failed', error_code = ${why.code}, error = ${why.words} where message_id = ${messageId}`,
  );
  emit(ctx, 'message.send_failed', { messageId, mailboxId, code: why.code });
}

/** The server may or may not have it. */
export async function doubtSend(ctx: Context, { messageId, mailboxId }: Outgoing, words: string): Promise<void> {
  await rowsOf(
    ctx,
    SQL`update outgoing_messages set state = 'in_doubt', error_code = 'in_doubt', error = ${words} where message_id = ${messageId}`,
  );
  emit(ctx, 'message.send_in_doubt', { messageId, mailboxId });
}

/** The messages lie in the Sent folder. */
export const fileSends = (ctx: Context, messageIds: readonly string[]) =>
  rowsOf(ctx, SQL`update outgoing_messages set filed_at = coalesce(filed_at, ${ctx.now}) where message_id = any(${messageIds})`);

/** Sends become `sent`, once each; the log hears of those that were not before. */
async function markSent(ctx: Context, messageIds: readonly string[], mailboxId: string): Promise<void> {
  const rows = await rowsOf<{
    messageId: string;
    threadId: string;
    activityId: string | null;
    kind: string;
    contactIds: string[];
  }>(
    ctx,
    SQL`update outgoing_messages o set state = 'sent', sent_at = ${ctx.now}, error = null, error_code = null
        from messages m left join activities a on a.message_id = m.id and a.source = 'email'
        where o.message_id = any(${messageIds}) and o.state in ('sending', 'in_doubt') and m.id = o.message_id
        returning m.id as "messageId", m.thread_id as "threadId", m.kind, a.id as "activityId",
          coalesce((select array_agg(contact_id) from activity_links l where l.activity_id = a.id), '{}') as "contactIds"`,
  );
  for (const row of rows) emit(ctx, 'message.sent', { ...row, mailboxId });
}

/**
 * Finds our own sends again among messages of their mailbox, by Message-ID, by the one the server put in its place, or, when the server
 * told neither, by moment and subject; a send that was in doubt is thereby sent. Answers with the row of each message, in their order.
 */
export async function settleFound(
  ctx: Context,
  { mailbox, folder }: { mailbox: SyncMailbox; folder: SyncFolder },
  messages: readonly ParsedMessage[],
): Promise<(string | undefined)[]> {
  const headerIds = messages.flatMap(({ messageId }) => messageId ?? []);
  const moments = messages.map(({ sentAt }) => sentAt.toISOString());
  const found = await rowsOf<{ id: string; headerId: string; serverId: string | null; subject: string; sentAt: Date }>(
    ctx,
    SQL`select o.message_id as id, o.message_header_id as "headerId", o.server_message_id as "serverId", m.subject, m.sent_at as "sentAt"
        from outgoing_messages o join messages m on m.id = o.message_id
        where o.mailbox_id = ${mailbox.id} and (o.message_header_id = any(${headerIds}) or o.server_message_id = any(${headerIds})
          or m.sent_at = any(${moments}::timestamptz[]))`,
  );
  if (found.length === 0) return [];
  const sends = messages.map((message) => {
    const { messageId, from, subject, sentAt } = message;
    const byId = found.find(({ headerId, serverId }) => messageId !== null && (messageId === headerId || messageId === serverId));
    if (byId) return byId.id;
    const ours = from?.address === mailbox.address;
    return found.find((send) => ours && send.subject === subject && new Date(send.sentAt).getTime() === sentAt.getTime())?.id;
  });
  const ids = sends.flatMap((id) => id ?? []);
  await markSent(ctx, ids, mailbox.id);
  if (folder.role === 'sent') await fileSends(ctx, ids);
  return sends;
}
