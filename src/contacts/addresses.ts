import type { HeldNames } from '../held-names.ts';

/** Addresses of contacts. */
export const addresses: HeldNames = {
  object: 'contact',
  records: 'contacts',
  title: 'contacts.full_name',
  table: 'contact_emails',
  holder: 'contact_id',
  typed: 'address',
  normal: 'address_normal',
  taken: { code: 'contact_email_taken', message: 'This address already belongs to a contact.', pointer: '/email' },
};
