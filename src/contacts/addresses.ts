import type { Context } from '../context.ts';
import { type HeldNames, writeNames } from '../held-names.ts';
import { normalAddress } from './address.rules.ts';
import { requireAdmitted } from './erased-addresses.ts';

/** Addresses of contacts. */
export const addresses: HeldNames = {
  object: 'contact',
  records: 'contacts',
  title: 'contacts.full_name',
  table: 'contact_emails',
  holder: 'contact_id',
  typed: 'address',
  normal: 'address_normal',
  primary: 'email',
  others: 'otherEmails',
  normalise: normalAddress,
  taken: { code: 'contact_email_taken', message: 'This address already belongs to a contact.' },
  invalid: { code: 'invalid_email', message: 'must be an address that mail can reach' },
};

/** Writes the addresses that a contact's row says it has. Throws `contact_email_taken`, and `contact_erased` for one of somebody who was erased. */
export async function writeAddresses(
  ctx: Context,
  {
    id,
    email = null,
    otherEmails = [],
  }: { id: string; email?: string | null | undefined; otherEmails?: readonly string[] | undefined },
): Promise<void> {
  await writeNames(ctx, addresses, { id, primary: email, others: otherEmails });
  const normals = [email, ...otherEmails].flatMap((address) => (address === null ? [] : (normalAddress(address) ?? [])));
  await requireAdmitted(ctx, normals);
}
