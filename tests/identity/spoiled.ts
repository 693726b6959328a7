/** A token as somebody might have it who does not have it. */
export function spoiled(token: string): Record<string, string> {
  const swapped = token.replace(/[a-z]/i, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  return {
    'cut at the end': token.slice(0, -1),
    'cut at the front': token.slice(1),
    longer: `${token}A`,
    'in small letters': token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase(),
    'with one letter in the other case': swapped,
    'with a look-alike': `\u0430${token.slice(1)}`,
    'in full width': String.fromCodePoint((token.codePointAt(0) ?? 0) + 0xfee0) + token.slice(1),
    'with a letter that is not seen': `${token.slice(0, 5)}\u200b${token.slice(5)}`,
    doubled: token + token,
    empty: '',
    'of zeros': '0'.repeat(token.length),
    'of SQL': "' or '1'='1",
    'of a path': '../../etc/passwd',
  };
}
