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
}

/**
 * Changes pipelines, one change after the other: each is made on what the one before has left. What the hub refuses is said, and the page
 * shows what is. `stage_holds_deals` is for the caller to ask about.
 */
export function usePipelineDeed() {
  const client = useQueryClient();
  return useMutation({
    scope: { id: 'pipelines' },
    mutationFn: ({ method, path, body }: Deed) => {
      const version = client.getQueryData(pipelinesQuery.queryKey)?.data.find(({ id }) => path === `/pipelines/${id}`)?.version;
      return call<unknown>(method, path, { body, version });
    },
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
