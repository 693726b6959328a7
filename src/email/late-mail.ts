import type { RowConsumer } from '../consumers.ts';
import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { attachPeople, emitLogged, logMail } from './mail-activities.ts';
import { lockMailStore } from './save-messages.ts';

/** A contact who is made, or gets another address, gets the mail of that address which was there before. It is history, and sets nothing off. */
export const lateMailConsumer: RowConsumer = {
  name: 'late-mail',
  kind: 'rows',
  types: ['contact.created', 'contact.updated'],
  history: true,
  async handle(ctx, { type, recordId, data }) {
    if (type === 'contact.updated' && !('email' in (data.changes as object))) return;
    const addresses = await waitingAddresses(ctx, recordId);
    if (addresses.length === 0) return;
    await lockMailStore(ctx);
    const logged = await logMail(ctx, await attachPeople(ctx, addresses));
    emitLogged({ ...ctx, cause: { ...ctx.cause, origin: 'history' } }, logged);
  },
};

/** Addresses of a contact with mail that has no contact yet; asked without the lock, since there are none as a rule. */
async function waitingAddresses(ctx: Context, contactId: string): Promise<string[]> {
  const rows = await rowsOf<{ address: string }>(
    ctx,
    SQL`select e.address_normal as address from contact_emails e
        where e.contact_id = ${contactId} and e.active and exists (select 1 from message_participants p
          left join contacts c on c.id = p.contact_id
          where p.address_normal = e.address_normal and (p.contact_id is null or c.deleted_at is not null))`,
  );
  return rows.map(({ address }) => address);
}
