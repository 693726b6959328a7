import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf, Problem } from '../api.ts';
import { pipelinesQuery } from '../queries.ts';
import { texts as shared } from '../texts.ts';

/** A change of a pipeline or of one of its stages. */
interface Deed {
  method: 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: object;
  version?: number;
}

/** Changes pipelines; what the hub refuses is said, and the page shows what is. `stage_holds_deals` is for the caller to ask about. */
export function usePipelineDeed() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, ...options }: Deed) => call<unknown>(method, path, options),
    onError: (error) => {
      if (error instanceof Problem && error.code === 'stage_holds_deals') return;
      notifications.show({ color: 'red', title: shared.notSaved, message: reasonOf(error) });
    },
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: pipelinesQuery.queryKey });
      await client.invalidateQueries({ queryKey: ['deals'] });
    },
  });
}

/** What a field is refused for says more than that it is. */
const reasonOf = (error: Error): string =>
  (error instanceof Problem ? Object.values(error.fields)[0] : undefined) ?? messageOf(error);
