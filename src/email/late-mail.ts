import type { RowConsumer } from '../consumers.ts';
import { type Context, rowsOfNamed } from '../context.ts';
import { SQL } from '../database.ts';
import { attachPeople, emitLogged, logMail } from './mail-activities.ts';
import { lockMailStore } from './save-messages.ts';

/** A contact who is made or restored, or gets another address, gets the mail of that address which was there before. It is history, and sets nothing off. */
export const lateMailConsumer: RowConsumer = {
  name: 'late-mail',
  kind: 'rows',
  types: ['contact.created', 'contact.updated', 'contact.restored'],
  history: true,
  async relevant(ctx, events) {
    const changed = events.filter(({ data }) => data.changes === undefined || 'email' in (data.changes as object)); // who is restored has all addresses anew
    const waiting = await waitingAddresses(
      ctx,
      changed.map(({ recordId }) => recordId),
    );
    const contacts = new Set(waiting.map(({ contactId }) => contactId));
    return new Set(changed.filter(({ recordId }) => contacts.has(recordId)).map(({ id }) => id));
  },
  async handle(ctx, { recordId }) {
    const addresses = (await waitingAddresses(ctx, [recordId])).map(({ address }) => address);
    if (addresses.length === 0) return;
    await lockMailStore(ctx);
    const logged = await logMail(ctx, await attachPeople(ctx, addresses));
    emitLogged({ ...ctx, cause: { ...ctx.cause, origin: 'history' } }, logged);
  },
};

/** Addresses of these contacts with mail that has no contact yet; asked without the lock, since there are none as a rule. */
const waitingAddresses = (ctx: Context, contactIds: readonly string[]): Promise<{ contactId: string; address: string }[]> =>
  rowsOfNamed(
    ctx,
    'late_mail',
    SQL`select e.contact_id as "contactId", e.address_normal as address from contact_emails e
        where e.contact_id = any(${contactIds}) and e.active and exists (select 1 from message_participants p
          left join contacts c on c.id = p.contact_id
          where p.address_normal = e.address_normal and (p.contact_id is null or c.deleted_at is not null))`,
  );
