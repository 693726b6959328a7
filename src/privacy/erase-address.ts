import { normalAddress } from '../contacts/address.rules.ts';
import { erasureOf } from '../contacts/erased-addresses.ts';
import { type Context, newId, rowOf, rowsOf } from '../context.ts';
import { SQL } from '../database.ts';
import { ownSide } from '../email/correspondents.ts';
import { lockMailStore } from '../email/save-messages.ts';
import { conflict, forbidden, invalidField } from '../errors.ts';
import { eraseContact } from './erasures.ts';
import { mentionsInJson } from './mentions.rules.ts';
import { seesEveryContact, standIn } from './stand-ins.ts';

/**
 * Begins to erase whoever has an address, or had it last: a live contact, a deleted or a purged one, or somebody of whom there was never
 * more than their mail. Asked for again, it is the same erasure. Returns its id. Throws `invalid_email`, `forbidden`, and 409 `own_address` for
 * one of a user or a mailbox of ours.
 */
export async function eraseAddress(ctx: Context, email: string): Promise<string> {
  const address = normalAddress(email);
  if (address === null) throw invalidField('/email', 'invalid_email', `${email} is no address that mail could reach.`);
  if (!seesEveryContact(ctx)) throw forbidden('contact:read');
  if ((await ownSide(ctx)).addresses.has(address)) throw conflict('own_address', `${address} is of a user or a mailbox here.`);
  await lockMailStore(ctx);
  const holder = await rowOf<{ id: string }>(
    ctx,
    SQL`select coalesce(c.merged_into, c.id) as id from contact_emails e join contacts c on c.id = e.contact_id
        where e.address_normal = ${address} order by e.active desc, e.id desc limit 1`,
  );
  if (holder !== undefined) return eraseContact(ctx, holder.id);
  const before = await erasureOf(ctx, address);
  if (before !== undefined) return before;
  const ids = await purgedWith(ctx, address);
  const [contactId = newId()] = ids;
  for (const id of ids.length === 0 ? [contactId] : ids) await standIn(ctx, id);
  return eraseContact(ctx, contactId, { addresses: [email, address], contactIds: ids });
}

/** Contacts that were purged and had the address at some time, as the log knows. */
async function purgedWith(ctx: Context, address: string): Promise<string[]> {
  const mention = mentionsInJson({ ids: [], addresses: [address], phones: [], names: [] });
  const rows = await rowsOf<{ id: string }>(
    ctx,
    SQL`select distinct purged.record_id as id from events purged where purged.type = 'contact.purged' and exists (
          select 1 from events e where e.record_id = purged.record_id and jsonb_build_array(e.data->'changes'->'email',
            e.data->'changes'->'otherEmails')::text ~* ${mention}) order by 1`,
  );
  return rows.map(({ id }) => id);
}
