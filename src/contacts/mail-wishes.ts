import { type Context, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';

/**
 * Brings `unsubscribedAt` up to date, by SQL alone: since when a contact is not to be written to, whether because of `doNotEmail` or
 * because they have withdrawn the purpose `email`.
 */
export const followMailWishes = (ctx: Context, contactId: string) =>
  rowsOf(
    ctx,
    SQL`update contacts set unsubscribed_at = case when do_not_email then coalesce(unsubscribed_at, ${ctx.now}::timestamptz) else (
          select since from consents where contact_id = contacts.id and purpose = 'email' and status = 'withdrawn') end
        where id = ${contactId}`,
  );

/** Brings `bouncedAt` up to date, by SQL alone: since when mail to the contact's primary address comes back. */
export const followBounces = (ctx: Context, contactId: string) =>
  rowsOf(
    ctx,
    SQL`update contacts set bounced_at = (select e.bounced_at from contact_emails e where e.contact_id = contacts.id and e.is_primary)
        where id = ${contactId} and (bounced_at is not null or exists (
          select 1 from contact_emails e where e.contact_id = contacts.id and e.bounced_at is not null))`,
  );
