import { normalAddress } from '../contacts/address.rules.ts';
import { contactTarget } from '../contacts/contact.target.ts';
import { linkable } from '../contacts/contacts.ts';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { dealTarget } from '../deals/deal.target.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import { requireInput } from '../identity/inputs.ts';
import { mailOpenness, visible } from '../identity/permissions.ts';
import { enqueue } from '../queues.ts';
import { refer } from '../refer.ts';
import type { MailAddress } from './address-list.rules.ts';
import { addressDomain } from './correspondent.rules.ts';
import { admitContacts, ownSide, type SyncMailbox } from './correspondents.ts';
import type { MailDraft, MailPerson } from './mail.ports.ts';
import { attachPeople, emitLogged, logMail } from './mail-activities.ts';
import { mailboxToSync } from './mailbox-state.ts';
import { type ParsedMessage, parseMessage } from './message.rules.ts';
import type { SendMessageInput } from './message.schema.ts';
import { requireWilling } from './recipients.ts';
import { lockMailStore, saveMessages } from './save-messages.ts';

/**
 * Writes a message and its activity now, and has a job send it: nothing goes out that is not on the timelines. With a key the same send
 * asked for again is the same message. Returns its id. Throws `mailbox_not_found`, `mailbox_stopped`, `message_not_found`,
 * `reference_not_found`, `invalid_email`, `do_not_email`, `unsubscribed`, `bounced`, `contact_erased`.
 */
export async function sendMessage(ctx: Context, given: SendMessageInput, key: string | null): Promise<string> {
  const idempotencyKey = key === null ? null : `${ctx.actor.id} ${key}`;
  await lockMailStore(ctx);
  const before = await sentWith(ctx, idempotencyKey);
  if (before !== undefined) return before;
  const mailbox = await sendingMailbox(ctx, given.mailboxId);
  const input = await refer(ctx, given, targets);
  await requireInput(ctx, 'message', input);
  const draft = await draftOf(ctx, mailbox, input);
  await requireWilling(ctx, draft);
  const parsed = await asParsed(ctx, draft);
  const own = await ownSide(ctx);
  const message = { parsed, direction: 'out' as const, size: parsed.size };
  const admitted = await admitContacts(ctx, { mailbox, own }, [message]);
  const [saved] = await saveMessages(ctx, { mailbox, own }, [message]);
  if (saved === undefined) throw new Error('each message is saved');
  await rowsOf(
    ctx,
    SQL`insert into outgoing_messages (message_id, mailbox_id, idempotency_key, state, draft, message_header_id, created_at)
        values (${saved.id}, ${mailbox.id}, ${idempotencyKey}, 'queued', ${JSON.stringify(draft)}, ${parsed.messageId}, ${ctx.now})`,
  );
  const { contactId, dealId } = input;
  const links = await linkable(ctx, contactId ? [contactId] : []);
  const logged = await logMail(ctx, [saved.id], { contactId: contactId && links.get(contactId), dealId });
  const attached = await attachPeople(ctx, admitted);
  emitLogged(ctx, [...logged, ...(await logMail(ctx, attached))]);
  await enqueue(ctx, { queue: 'mail-send', key: saved.id, data: { messageId: saved.id } });
  return saved.id;
}

const targets = { contactId: contactTarget, dealId: dealTarget };

async function sentWith(ctx: Context, idempotencyKey: string | null): Promise<string | undefined> {
  if (idempotencyKey === null) return undefined;
  const row = await rowOf<{ id: string }>(
    ctx,
    SQL`select message_id as id from outgoing_messages where idempotency_key = ${idempotencyKey}`,
  );
  return row?.id;
}

/** A mailbox that the caller may send from: their own. */
async function sendingMailbox(ctx: Context, id: string): Promise<SyncMailbox> {
  const mailbox = await mailboxToSync(ctx, id);
  const mine = mailbox?.ownerId === ctx.actor.userId || ctx.actor.kind === 'system';
  if (mailbox === undefined || !mine) throw notFound('mailbox');
  if (['rejected', 'needs_reauthorisation', 'paused'].includes(mailbox.state)) {
    throw conflict('mailbox_stopped', 'This mailbox has stopped; mend its settings or end its pause first.', {
      state: mailbox.state,
    });
  }
  return mailbox;
}

async function draftOf(
  ctx: Context,
  mailbox: SyncMailbox,
  input: Omit<SendMessageInput, keyof typeof targets>,
): Promise<MailDraft> {
  const name = await rowOf<{ name: string }>(ctx, SQL`select name from users where id = ${mailbox.ownerId}`);
  const { to, cc, bcc, subject, text, html, inReplyTo } = input;
  return {
    from: { address: mailbox.address, name: name?.name ?? '' },
    to: people(to, '/to'),
    cc: people(cc, '/cc'),
    bcc: people(bcc, '/bcc'),
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    messageId: `${newId()}@${addressDomain(mailbox.address)}`,
    ...(inReplyTo === undefined ? {} : await answerTo(ctx, inReplyTo)),
    // Mail knows whole seconds (RFC 5322, 3.3).
    date: new Date(Math.floor(ctx.now.getTime() / 1000) * 1000),
  };
}

function people(given: { address: string; name?: string | undefined }[], pointer: string): MailPerson[] {
  return given.map(({ address, name }, index) => {
    const normal = normalAddress(address);
    if (normal === null) throw invalidField(`${pointer}/${index}`, 'invalid_email', 'This is no address that mail can reach.');
    return { address: normal, ...(name ? { name } : {}) };
  });
}

/** The headers that put an answer into its thread (RFC 5322, 3.6.4). */
async function answerTo(ctx: Context, id: string): Promise<Pick<MailDraft, 'inReplyTo' | 'references'>> {
  const row = await rowOf<{ headerId: string | null; references: string[] }>(
    ctx,
    SQL`select message_id as "headerId", reference_ids as "references" from messages
        where id = ${id} and ${visible(ctx, 'message', 'messages')} and ${SQL.raw(mailOpenness(ctx.actor, 'messages.id'))} >= 2`,
  );
  if (row === undefined) throw invalidField('/inReplyTo', 'reference_not_found', 'There is no such message that you may answer.');
  return row.headerId === null ? {} : { inReplyTo: row.headerId, references: [...row.references, row.headerId] };
}

/** What is kept is what will be sent, read as every other message is; bcc is in the envelope alone and is added. */
async function asParsed(ctx: Context, draft: MailDraft): Promise<ParsedMessage & { size: number }> {
  const { source } = await ctx.ports.mailServers.compose(draft);
  const bcc = (draft.bcc ?? []).map(({ address, name }): MailAddress => ({ address, name: name ?? '' }));
  return { ...parseMessage(source, { internalDate: draft.date }), bcc, size: source.length };
}
