import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ViewOut } from '../../src/views/view.schema.ts';
import { call, type Page } from '../api.ts';
import type { Listed } from '../lists/objects.ts';

/** A saved view of a list. */
export type View = z.output<typeof ViewOut>;

/** The views of an object that the viewer may use, by name. */
export const viewsQuery = (object: Listed) =>
  queryOptions({
    queryKey: ['views', object],
    queryFn: ({ signal }) => call<Page<View>>('GET', '/views', { query: { object, limit: 200 }, signal }),
    staleTime: 60_000,
  });
