import { notifications } from '@mantine/notifications';
import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { useRef } from 'react';
import { call, messageOf, type Page } from '../api.ts';
import { listQuery } from '../queries.ts';
import type { Deal, PipelineSummary, Stage } from '../records.ts';
import { texts } from './texts.ts';

type Cards = InfiniteData<Page<Deal>>;

/** The cards of a pipeline's stage in the board's order. */
export const cardsQuery = (pipelineId: string, stage: string) =>
  infiniteQueryOptions(
    listQuery<Deal>('deals', { 'filter[pipelineId]': pipelineId, 'filter[stage]': stage, sort: 'board', limit: 50 }),
  );

/** What stands in a pipeline: number, sum and weighted sum per stage and currency. */
export const summaryQuery = (pipelineId: string) =>
  queryOptions({
    queryKey: ['deals', 'summary', pipelineId],
    queryFn: ({ signal }) => call<PipelineSummary>('GET', `/pipelines/${pipelineId}/summary`, { signal }),
  });

/** Where a deal goes: behind a deal, in front of all (null), or to the end (undefined). */
export interface Move {
  deal: Deal;
  to: Stage;
  afterDealId?: string | null | undefined;
  reason?: string;
}

const mutationKey = ['move deal'];

/**
 * Moves a deal: at once on the board, then on the hub; when the hub refuses, it goes back and the reason is shown. Moves are sent one after
 * the other, and one made of what an earlier one is still to change goes by the version that this has left.
 */
export function useMoveDeal() {
  const client = useQueryClient();
  /** What a version of a deal has become by one's own move. */
  const became = useRef(new Map<string, number>());
  const seen = ({ id, version }: Deal): string => `${id} ${version}`;
  const versionOf = (deal: Deal): number => {
    const version = became.current.get(seen(deal));
    return version === undefined ? deal.version : versionOf({ ...deal, version });
  };
  return useMutation({
    mutationKey,
    scope: { id: 'move deal' },
    mutationFn: ({ deal, to, afterDealId, reason }: Move) =>
      call<Deal>('PATCH', `/deals/${deal.id}/stage`, {
        body: { stage: to.key, ...(afterDealId === undefined ? {} : { afterDealId }), ...(reason ? { reason } : {}) },
        version: versionOf(deal),
      }),
    onMutate: async (move) => {
      const keys = [move.deal.stage, move.to.key].map((stage) => cardsQuery(move.deal.pipelineId, stage).queryKey);
      await Promise.all(keys.map((queryKey) => client.cancelQueries({ queryKey })));
      const before = keys.map((key) => [key, client.getQueryData(key)] as const);
      place(client, move);
      return before;
    },
    onError: (error, { deal }, before) => {
      for (const [key, cards] of before ?? []) client.setQueryData(key, cards);
      notifications.show({ color: 'red', title: texts.notMoved(deal.name), message: messageOf(error) });
    },
    onSuccess: (moved, { deal, to }) => {
      if (moved.version > versionOf(deal)) became.current.set(seen({ ...deal, version: versionOf(deal) }), moved.version);
      client.setQueryData(['deal', deal.id], moved);
      if (deal.stage !== to.key) notifications.show({ message: texts.moved(deal.name, to.name) });
    },
    // A later move is on screen already: what is read before it is made would take it back for a moment.
    onSettled: () => (client.isMutating({ mutationKey }) > 1 ? undefined : client.invalidateQueries({ queryKey: ['deals'] })),
  });
}

function place(client: QueryClient, { deal, to, afterDealId }: Move): void {
  const without = (cards: Cards | undefined) => cards && mapPages(cards, (data) => data.filter(({ id }) => id !== deal.id));
  client.setQueryData(cardsQuery(deal.pipelineId, deal.stage).queryKey, without);
  client.setQueryData(cardsQuery(deal.pipelineId, to.key).queryKey, (found) => {
    const cards = without(found);
    if (cards === undefined) return undefined;
    const moved = { ...deal, stage: to.key, stageName: to.name, status: to.kind, rottingSince: null };
    const last = cards.pages.length - 1;
    return mapPages(cards, (data, page) => {
      if (afterDealId === undefined) return page === last ? [...data, moved] : data;
      if (afterDealId === null) return page === 0 ? [moved, ...data] : data;
      return data.flatMap((card) => (card.id === afterDealId ? [card, moved] : [card]));
    });
  });
}

const mapPages = (cards: Cards, change: (data: Deal[], page: number) => Deal[]): Cards => ({
  ...cards,
  pages: cards.pages.map((page, index) => ({ ...page, data: change(page.data, index) })),
});
