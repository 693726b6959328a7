import { normalPhone } from './phone.rules.ts';

/** The fields of a contact from which others follow. */
export interface Foldable {
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  email?: string | null | undefined;
  otherEmails?: readonly string[] | undefined;
  phone?: string | null | undefined;
  mobile?: string | null | undefined;
  city?: string | null | undefined;
}

/** What follows from a contact's other fields. */
export interface Folded {
  phoneNormal: string | null;
  mobileNormal: string | null;
  /** Names, addresses, numbers and city in lower case, each number once: every further word costs the search index. */
  searchText: string;
}

/** Normalises the phones, which are read by `country` when they do not tell theirs, and folds what a search looks through. */
export function foldContact(contact: Foldable, country?: string | null): Folded {
  const { firstName, lastName, email, otherEmails = [], phone, mobile, city } = contact;
  const phoneNormal = normalPhone(phone, country);
  const mobileNormal = normalPhone(mobile, country);
  const parts = [firstName, lastName, email, ...otherEmails, phoneNormal ?? phone, mobileNormal ?? mobile, city];
  return { phoneNormal, mobileNormal, searchText: parts.filter(Boolean).join(' ').toLowerCase() };
}
