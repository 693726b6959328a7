import { queryOptions } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import type { CustomField } from '../records.ts';

/** The custom fields of an object, or of all; archived ones on request. */
export const fieldsQuery = (object?: CustomField['object'], archived = false) =>
  queryOptions({
    queryKey: ['custom-fields', object ?? 'all', archived],
    queryFn: ({ signal }) =>
      call<Page<CustomField>>('GET', '/custom-fields', { query: { object, archived, limit: 200 }, signal }),
    staleTime: 60_000,
  });
