import { queryOptions } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import type { Mailbox } from '../records.ts';

/** My mailboxes. While one imports, its counters are read every second: there is no event for each message. */
export const mailboxesQuery = queryOptions({
  queryKey: ['mailboxes'],
  queryFn: ({ signal }) => call<Page<Mailbox>>('GET', '/mailboxes', { signal }),
  refetchInterval: (query) => (query.state.data?.data.some(isBusy) ? 1_000 : false),
});

/** Whether its import is under way. */
export const isBusy = (mailbox: Mailbox): boolean =>
  mailbox.state === 'connecting' || (mailbox.state === 'live' && mailbox.import.progress < 1);
