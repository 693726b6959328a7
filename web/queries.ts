import { infiniteQueryOptions, MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import { call, type Page, Problem, type Query, Unreachable } from './api.ts';
import { collection, type Me, type Noun, type Pipeline, type TimelineEntry, type User } from './records.ts';

/** Called when a session is over; set by the router. */
export const onSignedOut: { run: () => void } = { run: () => undefined };

function signedOut(error: unknown): void {
  if (error instanceof Problem && error.status === 401) onSignedOut.run();
}

/** What has failed for want of an answer is tried again; a decision of the hub is not. */
const worthRetrying = (failures: number, error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof Problem && error.status === 503) ? failures < 60 : false;

/** The one cache of what the page has read. Live events say what is no longer fresh. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: signedOut }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    // Browsers know of their own network only, not whether the hub answers: it is asked.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 30_000,
      retry: worthRetrying,
      retryDelay: (attempt) => Math.min(1_000 * 2 ** attempt, 5_000),
    },
  },
});

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => call<Me>('GET', '/me', { signal }),
  staleTime: 300_000,
});

/** Users by id, for the names of owners. */
export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => call<Page<User>>('GET', '/users', { query: { limit: 200 }, signal }),
  staleTime: 300_000,
});

/** Pipelines with their stages. */
export const pipelinesQuery = queryOptions({
  queryKey: ['pipelines'],
  queryFn: ({ signal }) => call<Page<Pipeline>>('GET', '/pipelines', { signal }),
  staleTime: 300_000,
});

/** One record. */
export const recordQuery = <T>(noun: Noun, id: string) =>
  queryOptions({
    queryKey: [noun, id],
    queryFn: ({ signal }) => call<T>('GET', `/${collection[noun]}/${id}`, { signal }),
  });

/** A list, page by page on its cursor; what is shown stays until the next search has answered. */
export const listQuery = <T>(name: string, query: Query = {}) =>
  infiniteQueryOptions({ ...pages<T>(`/${name}`, query), queryKey: [name, query], placeholderData: (before) => before });

/** A list as its search route gives it: a filter may be a tree. */
export const searchQuery = <T>(name: string, body: object) =>
  infiniteQueryOptions({
    queryKey: [name, 'search', body],
    queryFn: ({ pageParam, signal }) =>
      call<Page<T>>('POST', `/${name}/search`, { body: pageParam === null ? body : { ...body, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<T>) => page.nextCursor,
    placeholderData: (before) => before,
  });

/** What happened with a record, newest first: all of it, or some kinds of entries. */
export const timelineQuery = (noun: Noun, id: string, kinds?: string) =>
  infiniteQueryOptions({
    ...pages<TimelineEntry>(`/${collection[noun]}/${id}/timeline`, { limit: 30, kinds }),
    queryKey: ['timeline', noun, id, kinds ?? 'all'],
  });

const pages = <T>(path: string, query: Query) => ({
  queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
    call<Page<T>>('GET', path, { query: { ...query, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page: Page<T>) => page.nextCursor,
});
