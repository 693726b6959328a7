import { queryOptions, useQuery } from '@tanstack/react-query';
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

/** The type of a key; undefined while types are read, and for what is on timelines without being an activity. */
export function useActivityType(key: string): ActivityType | undefined {
  const { data } = useQuery(activityTypesQuery);
  return data?.data.find((type) => type.key === key);
}

/** Types that come from outside; what people log is of the others. */
const fromOutside = new Set(['email', 'webhook']);

/** Whether people may log it. */
const isLogged = ({ key, system, archived }: ActivityType): boolean => !system && !archived && !fromOutside.has(key);

const first = ['note', 'call', 'meeting'];
const rank = ({ key }: ActivityType): number => (first.includes(key) ? first.indexOf(key) : first.length);

/** The types that people log, the usual ones first; undefined while they are read. */
export function useLoggedTypes(): ActivityType[] | undefined {
  const { data, isPending } = useQuery(activityTypesQuery);
  return isPending ? undefined : (data?.data ?? []).filter(isLogged).sort((one, other) => rank(one) - rank(other));
}
