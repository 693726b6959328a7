import { invalidField } from '../errors.ts';

/** Whose password it is to be: what anybody who knows them tries first. */
export interface Owner {
  name: string;
  email: string;
}

/** Letters that must be left of a password without the words that anybody would try. */
const ownLetters = 6;
const leastWord = 4;

/**
 * Throws 400 `password_common` for a password that is among the 49,000 most used ones, however its letters are written, and
 * `password_guessable` for one that is hardly more than the names of its owner, of their organisation's domain, or of this product.
 */
export async function requireStrong(password: string, { name, email }: Owner): Promise<void> {
  const folded = password.normalize('NFKC').toLowerCase();
  if ((await commonPasswords()).has(folded)) {
    throw invalidField('/password', 'password_common', 'This is one of the passwords that are used most; take another one.');
  }
  const words = ['throughline', ...`${name} ${email}`.toLowerCase().split(/[^\p{L}\p{N}]+/u), email.toLowerCase()];
  const longestFirst = words.filter((word) => word.length >= leastWord).sort((a, b) => b.length - a.length);
  const own = longestFirst.reduce((rest, word) => rest.replaceAll(word, ''), folded);
  if (own !== folded && own.length < ownLetters) {
    throw invalidField('/password', 'password_guessable', 'This is hardly more than a name that others know; add to it.');
  }
}

let common: Promise<ReadonlySet<string>> | undefined;

/** Read when it is first needed: most processes never set a password. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set((dictionary['passwords-common'] as string[]).filter((word) => word.length >= 10)),
  );
  return common;
}
