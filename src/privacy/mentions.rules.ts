/** What a person is known by. */
export interface Known {
  /** The contact, and those that were merged into it. */
  ids: string[];
  /** As typed and in their normal form. */
  addresses: string[];
  phones: string[];
  /** First and last names together, in the orders in which people write them. */
  names: string[];
}

/** First and last name in the orders in which people write them; none when there is only one of them, which would be any word. */
export function namesOf(firstName: string | null, lastName: string | null): string[] {
  if (!firstName || !lastName) return [];
  return [`${firstName} ${lastName}`, `${lastName} ${firstName}`, `${lastName}, ${firstName}`];
}

/** Matches nothing. */
const never = '\\Ax\\A';

/**
 * A regular expression of Postgres, to be used without regard to case, for all that a person is known by in a text: whole addresses, names
 * and numbers, never parts of others.
 */
export const mentionsIn = ({ addresses, phones, names }: Known): string =>
  joined([...addresses.map(address), ...[...names, ...phones.filter(isNumber)].map(word)]);

/** The same for the text of a JSON value; a number of bare digits is left out, since it may be a number of JSON. */
export const mentionsInJson = ({ addresses, phones, names }: Known): string =>
  joined([
    ...addresses.map(inJson).map(address),
    ...[...names, ...phones.filter((phone) => isNumber(phone) && /\D/.test(phone))].map(inJson).map(word),
  ]);

/** For bytes of which only ASCII is read as it is. */
export const mentionsInBytes = ({ addresses, phones }: Known): string =>
  joined([...addresses.map(address), ...phones.filter(isNumber).map(word)]);

const joined = (parts: string[]): string => (parts.length === 0 ? never : [...new Set(parts)].join('|'));
const isNumber = (phone: string): boolean => phone.replace(/\D/g, '').length >= 6;
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const literal = (text: string): string => text.replace(/[^\p{L}\p{N}\p{M}\s]/gu, '\\$&').replace(/\s+/gu, '\\s+');

const address = (text: string): string => `(?<![[:alnum:]._%+-])${literal(text)}(?![[:alnum:]_-]|\\.[[:alnum:]])`;
const word = (text: string): string => `(?<![[:alnum:]])${literal(text)}(?![[:alnum:]])`;
