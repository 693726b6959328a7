import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api.ts';
import { texts } from './texts.ts';

/** A deleted record: where the API has its kind, and what to call it. */
interface Gone {
  path: 'contacts' | 'companies' | 'deals' | 'tasks' | 'activities';
  id: string;
  name: string;
}

/** Brings a deleted record back, and says why when the hub does not, such as an address that somebody else has by now. */
export function useRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, id }: Gone) => call<unknown>('POST', `/${path}/${id}/restore`),
    onSuccess: (_, { name }) => notifications.show({ message: texts.restored(name) }),
    onError: (error, { name }) => notifications.show({ color: 'red', title: texts.notRestored(name), message: messageOf(error) }),
    onSettled: async (_answer, _error, { path }) => {
      await client.invalidateQueries({ queryKey: [path] });
      await client.invalidateQueries({ queryKey: ['deleted', path] });
    },
  });
}
