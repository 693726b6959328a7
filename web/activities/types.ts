import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ActivityTypeOut } from '../../src/activities/activity-type.schema.ts';
import { call, type Page } from '../api.ts';

export type ActivityType = z.output<typeof ActivityTypeOut>;

/** The types of activities: the hub's own, and those that people have made. */
export const activityTypesQuery = queryOptions({
  queryKey: ['activity-types'],
  queryFn: ({ signal }) => call<Page<ActivityType>>('GET', '/activity-types', { signal }),
  staleTime: 300_000,
});
