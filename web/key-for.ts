interface KeyOptions {
  /** Keys that there are. */
  taken: readonly string[];
  /** For a name without a letter of ours. */
  otherwise: string;
}

/** A key made of a name, unlike those that are taken: `Site visit` becomes `site_visit`; small letters, digits and `_`, at most 40. */
export function keyFor(name: string, { taken, otherwise }: KeyOptions): string {
  const words = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 36)
    .replace(/^[_0-9]+|_+$/g, '');
  const base = words === '' ? otherwise : words;
  let key = base;
  for (let n = 2; taken.includes(key); n++) key = `${base}_${n}`;
  return key;
}
