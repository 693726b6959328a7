/** Where words stand in a text, for highlights: ranges of characters, from and up to. */
export type Ranges = [number, number][];

const unfolded: Record<string, string> = { ß: 'ss', æ: 'ae', ø: 'o', œ: 'oe', đ: 'd', ł: 'l', ı: 'i' };

/** Without accents and case. */
export const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæøœđłı]/g, (letter) => unfolded[letter] ?? letter);

/** The beginnings of words in `text` that begin as one of `words` does; in Chinese and Japanese, wherever they stand. */
export function rangesOf(text: string, words: readonly string[]): Ranges {
  const { folded, origin } = foldedWithOrigin(text);
  const found: Ranges = [];
  for (const word of words.map(fold)) {
    if (word === '') continue;
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      if (at > 0 && /[\p{Script=Latin}\p{N}]/u.test(word[0] ?? '') && /[\p{L}\p{N}]/u.test(folded[at - 1] ?? '')) continue;
      found.push([origin[at] ?? 0, origin[at + word.length] ?? text.length]);
    }
  }
  return merged(found);
}

/** A window of a long text around the first of `words`. */
export function excerpt(text: string, words: readonly string[], length: number): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  const first = rangesOf(plain, words)[0]?.[0] ?? 0;
  const from = first < length / 2 ? 0 : plain.indexOf(' ', first - length / 2) + 1;
  return `${from > 0 ? '… ' : ''}${plain.slice(from, from + length)}${from + length < plain.length ? ' …' : ''}`;
}

function foldedWithOrigin(text: string): { folded: string; origin: number[] } {
  let folded = '';
  const origin: number[] = [];
  for (let at = 0; at < text.length; at++) {
    for (const letter of fold(text[at] ?? '')) {
      folded += letter;
      for (let unit = 0; unit < letter.length; unit++) origin.push(at);
    }
  }
  return { folded, origin };
}

function merged(ranges: Ranges): Ranges {
  const sorted = ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const result: Ranges = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
