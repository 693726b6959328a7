import { queryOptions } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { collection, type Noun, type Share } from '../records.ts';

/** Path of a record's shares. */
export const sharesPath = (noun: Noun, id: string): string => `/${collection[noun]}/${id}/shares`;

/** Whom a record is shared with. */
export const sharesQuery = (noun: Noun, id: string) =>
  queryOptions({
    queryKey: ['shares', id],
    queryFn: ({ signal }) => call<Page<Share>>('GET', sharesPath(noun, id), { signal }),
  });
