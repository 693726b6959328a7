import { normalAddress } from '../contacts/address.rules.ts';
import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { notFound } from '../errors.ts';
import { visible } from '../identity/permissions.ts';
import type { JsonText } from '../json-text.ts';
import { listOf, type PageRequest } from '../pages.ts';
import type { WireColumns } from '../wire.ts';
import { normalMessageId } from './thread.rules.ts';

/** Why a message became no activity, in the words of the ledger. */
const explanations: Record<string, string> = {
  no_contact: 'None of its people is a contact; it appears as soon as one becomes a contact.',
  bulk: 'It is from a list or sent in bulk, and none of its people is a contact.',
  auto_reply: 'It is an automatic reply, and none of its people is a contact.',
  bounce: 'It is a delivery report, and none of its people is a contact.',
  own_domain: 'All its people are colleagues.',
  no_reply: 'It is from an address that nobody reads or a function, and none of its people is a contact.',
  before_sync_from: 'It is older than the day from which this mailbox is read.',
  erased: 'Its people were erased at their request; nothing of it is kept.',
  empty: 'It is empty.',
  no_header: 'It has no header of a mail.',
  unreadable: 'It could not be read; its source is kept.',
  not_storable: 'It could not be stored; its source is kept.',
};

const explained = `coalesce(case ${Object.entries(explanations)
  .map(([rule, words]) => `when l.rule = '${rule}' then '${words.replaceAll("'", "''")}'`)
  .join(' ')} end, 'It is on the timelines of its people.')`;

const columns: WireColumns = {
  folder: ['f.path', 'plain'],
  uid: ['l.uid', 'text'],
  outcome: ['l.outcome', 'plain'],
  rule: ['l.rule', 'plain'],
  explanation: [explained, 'plain'],
  headerId: ['l.header_id', 'plain'],
  sender: ['l.sender', 'plain'],
  at: ['l.at', 'instant'],
  gone: ['l.gone_at is not null', 'plain'],
  messageId: ['l.message_id', 'plain'],
  activityId: ['(select id from activities a where a.message_id = l.message_id limit 1)', 'plain'],
};

/** What a ledger is asked. */
export interface LedgerQuestion extends PageRequest {
  messageId?: string | undefined;
  address?: string | undefined;
}

/** "Why is this mail not here?": what became of each message of a Message-ID or with an address. Throws `mailbox_not_found`. */
export async function ledgerOf(ctx: Context, mailboxId: string, question: LedgerQuestion): Promise<JsonText> {
  const seen = await rowOf(
    ctx,
    SQL`select 1 from mailboxes where id = ${mailboxId} and deleted_at is null and ${visible(ctx, 'mailbox', 'mailboxes')}`,
  );
  if (seen === undefined) throw notFound('mailbox');
  const where = [SQL`l.mailbox_id = ${mailboxId}`];
  if (question.messageId) where.push(SQL`l.header_id = ${normalMessageId(question.messageId) ?? question.messageId}`);
  if (question.address) {
    const address = normalAddress(question.address) ?? question.address;
    where.push(
      SQL`(l.sender = ${address} or exists (select 1 from message_participants p where p.message_id = l.message_id and p.address_normal = ${address}))`,
    );
  }
  return listOf(ctx, question, {
    columns,
    from: SQL`mail_ledger l join mail_folders f on f.id = l.folder_id`,
    where,
    // A row has no id of its own; this one is as unique, and of the type that cursors carry.
    id: "md5(l.folder_id::text || ':' || l.uid)::uuid",
    sorts: { at: { expression: 'l.at', type: 'timestamptz' } },
    defaultSort: '-at',
  });
}
