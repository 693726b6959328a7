import { queryOptions } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import type { Role, Team } from '../records.ts';

/** Roles with what their holders may do. */
export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => call<Page<Role>>('GET', '/roles', { signal }),
});

/** Teams with their members. */
export const teamsQuery = queryOptions({
  queryKey: ['teams'],
  queryFn: ({ signal }) => call<Page<Team>>('GET', '/teams', { signal }),
});
