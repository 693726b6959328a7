import { normalAddress } from '../contacts/address.rules.ts';
import { type Context, rowOf } from '../context.ts';
import { SQL } from '../database.ts';
import { emit } from '../emit.ts';
import { visible } from '../identity/permissions.ts';
import { notify } from './notifications.ts';

interface Hidden {
  id: string;
  ownerId: string;
  name: string;
  asker: string;
}

/**
 * Asks the owner of a contact that the caller does not see, and whose address they came upon, to let them see it: the owner is told once.
 * Nothing is said of whether there is such a contact.
 */
export async function askToSeeContact(ctx: Context, email: string): Promise<void> {
  const { userId } = ctx.actor;
  const address = normalAddress(email);
  if (address === null || userId === null) return;
  const hidden = await rowOf<Hidden>(
    ctx,
    SQL`select contacts.id, contacts.owner_id as "ownerId", coalesce(nullif(contacts.full_name, ''), e.address) as name, users.name as asker
        from contact_emails e join contacts on contacts.id = e.contact_id join users on users.id = ${userId}
        where e.address_normal = ${address} and e.active and contacts.deleted_at is null and contacts.owner_id is not null
          and not ${visible(ctx, 'contact', 'contacts')}`,
  );
  if (hidden === undefined) return;
  const { id, ownerId, name, asker } = hidden;
  const subject = `${asker} asks to see ${name}`;
  const isNew = await notify(ctx, {
    userId: ownerId,
    kind: 'access_requested',
    recordType: 'contact',
    recordId: id,
    subject,
    basis: userId,
  });
  if (isNew) emit(ctx, 'contact.access_requested', { contactId: id, userId });
}
