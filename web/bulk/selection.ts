import { useState } from 'react';

/** Which records of a list are chosen: some by their ids, or all that it is narrowed to. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** Whether all that match are chosen, those also that were not read yet. */
  matching: boolean;
  has(id: string): boolean;
  toggle(id: string): void;
  /** Chooses these, or none when they are all chosen. */
  toggleAll(ids: readonly string[]): void;
  chooseMatching(): void;
  clear(): void;
}

const nothing: ReadonlySet<string> = new Set();

/** A selection that ends when the list is narrowed otherwise; `of` says to what. */
export function useSelection(of: string): Selection {
  const [chosen, setChosen] = useState({ of, ids: nothing, matching: false });
  const { ids, matching } = chosen.of === of ? chosen : { ids: nothing, matching: false };
  const set = (next: ReadonlySet<string>) => setChosen({ of, ids: next, matching: false });
  return {
    ids,
    matching,
    has: (id) => matching || ids.has(id),
    toggle: (id) => {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      set(next);
    },
    toggleAll: (all) => set(matching || all.every((id) => ids.has(id)) ? nothing : new Set(all)),
    chooseMatching: () => setChosen({ of, ids, matching: true }),
    clear: () => set(nothing),
  };
}
