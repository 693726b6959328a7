import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type View, viewsQuery } from '../views/views.ts';
import type { Tree } from './conditions.ts';
import type { Listed } from './objects.ts';

/** What the address of a list holds. With a view, only what differs from it. */
export interface ListSearch {
  /** Id of a saved view, or `all` for none, where a default one would be taken. */
  view?: string | undefined;
  q?: string | undefined;
  filter?: Tree | undefined;
  sort?: string | undefined;
  columns?: string | undefined;
}

const text = (value: unknown, longest = 300): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, longest) : undefined;

/** Reads the search parameters of a list. What is not valid is set to undefined, not left out: the router keeps what it does not find. */
export const listSearch = (search: Record<string, unknown>): ListSearch => ({
  view: text(search.view, 40),
  q: text(search.q, 200),
  filter:
    typeof search.filter === 'object' && search.filter !== null && !Array.isArray(search.filter)
      ? (search.filter as Tree)
      : undefined, // the hub says what is wrong with it
  sort: text(search.sort),
  columns: text(search.columns, 2_000),
});

/** What a list is narrowed to and shows, of its address and its view together. */
export interface ListState {
  q: string;
  filter: Tree | undefined;
  sort: string | undefined;
  /** Names of the columns; undefined for the page's own choice. */
  columns: string[] | undefined;
  view: View | undefined;
  /** Whether the address says anything else than the view. */
  isChanged: boolean;
  /** False until it is known whether there is a default view. */
  isReady: boolean;
  set(change: Omit<ListSearch, 'view'>): void;
  /** Goes to a view as it is saved; null to the whole list. */
  show(view: View | null): void;
}

const isEmpty = (tree: Tree | undefined): boolean => tree === undefined || Object.keys(tree).length === 0;

/** The state of a list, kept in the address, so that it can be shared and gone back to. */
export function useListState(object: Listed): ListState {
  const search = useSearch({ strict: false }) as ListSearch; // each list's route reads it by listSearch
  const navigate = useNavigate();
  const { data: views, isPending } = useQuery(viewsQuery(object));
  const { view: named, ...changes } = search;
  const isPlain = named === undefined && Object.values(changes).every((value) => value === undefined);
  const view = views?.data.find(({ id, isDefault }) => (isPlain ? isDefault : id === named));
  const filter = changes.filter ?? view?.filter;
  const columns = changes.columns ?? (view !== undefined && view.columns.length > 0 ? view.columns.join(',') : undefined);
  const go = (next: ListSearch, replace: boolean) => void navigate({ to: '.', search: next as never, replace }); // of whichever list this is
  return {
    q: changes.q ?? view?.q ?? '',
    filter: isEmpty(filter) ? undefined : filter,
    sort: changes.sort ?? view?.sort ?? undefined,
    columns: columns === undefined || columns === '' ? undefined : columns.split(','),
    view,
    isChanged: Object.values(changes).some((value) => value !== undefined),
    isReady: !isPending || !(isPlain || (named !== undefined && named !== 'all')),
    set: (change) => go(tidy({ ...search, view: view?.id ?? named, ...change }, view), true),
    show: (next) =>
      go(next === null ? { view: views?.data.some(({ isDefault }) => isDefault) ? 'all' : undefined } : { view: next.id }, false),
  };
}

/** Without what a view, or no view, says as well. */
function tidy({ view: id, q, filter, sort, columns }: ListSearch, view: View | undefined): ListSearch {
  const same = JSON.stringify(filter ?? {}) === JSON.stringify(view?.filter ?? {});
  return {
    view: id,
    q: (q ?? '') === (view?.q ?? '') ? undefined : q,
    filter: filter === undefined || same ? undefined : filter,
    sort: sort === (view?.sort ?? undefined) || sort === '' ? undefined : sort,
    columns: columns === undefined || columns === (view?.columns.join(',') ?? '') ? undefined : columns,
  };
}
