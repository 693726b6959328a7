/** The names of a record: addresses of a contact, domains of a company. Without a primary one it has none. */
export interface Names {
  primary: string | null;
  others: readonly string[];
}

/** What a patch says of names; what is absent stays. */
export interface NamesPatch {
  primary?: string | null | undefined;
  others?: readonly string[] | undefined;
}

/**
 * The names that a patch leaves a record. A new primary one takes the place of the old one, which is the record's no more; one that the
 * record has already changes places with it. Without its primary one the next is that. `same` gives the form in which names are compared.
 */
export function arranged(now: Names, patch: NamesPatch, same: (name: string) => string): Names {
  const { primary = now.primary } = patch;
  const known = primary !== null && now.others.some((other) => same(other) === same(primary));
  const kept = known && now.primary !== null ? [now.primary, ...now.others] : now.others;
  const byForm = new Map<string, string>();
  for (const name of [primary, ...(patch.others ?? kept)])
    if (name !== null && !byForm.has(same(name))) byForm.set(same(name), name);
  const [first = null, ...others] = byForm.values();
  return { primary: first, others };
}
