import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { TagOut } from '../../src/tags/tag.schema.ts';
import { call, type Page } from '../api.ts';

/** A tag. */
export type Tag = z.output<typeof TagOut>;

/** All tags by name. */
export const tagsQuery = queryOptions({
  queryKey: ['tags'],
  queryFn: async ({ signal }) => {
    const data: Tag[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Tag> = await call<Page<Tag>>('GET', '/tags', { query: { limit: 200, cursor }, signal });
      data.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null && data.length < 2_000);
    return { data };
  },
  staleTime: 60_000,
});
