import { dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { Button, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Deal, PipelineSummary, Stage } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { moneyOf } from '../times.ts';
import styles from './board.module.css';
import { cardsQuery, type Move } from './cards.ts';
import { DealCard } from './deal-card.tsx';
import { texts } from './texts.ts';

interface BoardColumnProps {
  pipelineId: string;
  stage: Stage;
  stages: Stage[];
  /** Undefined where they are not known, or not shown to the viewer. */
  totals: PipelineSummary['stages'] | undefined;
  onMove(move: Move): void;
}

/** A stage: its totals per currency, and its cards; a card dropped anywhere else in it goes to its end. */
export function BoardColumn({ pipelineId, stage, stages, totals, onMove }: BoardColumnProps) {
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(cardsQuery(pipelineId, stage.key));
  const cards = data?.pages.flatMap((page) => page.data);
  const count = totals?.reduce((sum, total) => sum + total.count, 0) ?? cards?.length ?? 0;
  const { box, over } = useColumnDrop((deal) => onMove({ deal, to: stage }));
  const sums = (totals ?? []).filter(({ amount }) => Number(amount) !== 0);
  const move = (deal: Deal, to: Stage, afterDealId?: string | null) => onMove({ deal, to, afterDealId });
  return (
    <section ref={box} className={`${styles.column} ${over ? styles.over : ''}`} aria-label={texts.column(stage.name, count)}>
      <div className={styles.head}>
        <Text size="sm" fw={600}>
          {stage.name}{' '}
          <Text span c="dimmed" fw={400} size="sm">
            {count}
          </Text>
        </Text>
        <Text size="xs" c="dimmed" mih={18}>
          {sums.map(({ amount, currency }) => moneyOf(amount, currency)).join(' · ')}
        </Text>
        <Text size="xs" c="dimmed" mih={18}>
          {stage.kind === 'open' && sums.length > 0
            ? texts.weighted(sums.map(({ weighted, currency }) => moneyOf(weighted, currency)).join(' · '))
            : null}
        </Text>
      </div>
      <ol className={styles.cards}>
        {cards === undefined ? <Skeleton h={72} mb={7} /> : null}
        {cards?.length === 0 ? (
          <Text component="li" size="xs" c="dimmed" ta="center" py="md">
            {texts.emptyColumn}
          </Text>
        ) : null}
        {cards?.map((deal, index) => (
          <DealCard
            key={deal.id}
            deal={deal}
            stages={stages}
            above={cards[index - 1]?.id ?? null}
            aboveThat={cards[index - 2]?.id ?? null}
            below={cards[index + 1]?.id ?? null}
            onMove={move}
          />
        ))}
        {hasNextPage ? (
          <li>
            <Button
              fullWidth
              variant="subtle"
              color="gray"
              size="compact-sm"
              loading={isFetchingNextPage}
              onClick={() => void fetchNextPage()}
            >
              {shared.loadMore}
            </Button>
          </li>
        ) : null}
      </ol>
    </section>
  );
}

/** Makes a column a place to drop on, unless one of its cards has taken the drop. */
function useColumnDrop(drop: (deal: Deal) => void) {
  const box = useRef<HTMLElement>(null);
  const [over, setOver] = useState(false);
  const latest = useRef(drop);
  useEffect(() => {
    latest.current = drop;
  });
  useEffect(() => {
    if (box.current === null) return;
    return dropTargetForElements({
      element: box.current,
      onDragEnter: () => setOver(true),
      onDragLeave: () => setOver(false),
      onDrop: ({ source, location, self }) => {
        setOver(false);
        if (location.current.dropTargets[0]?.element === self.element) latest.current(source.data.deal as Deal); // put there by DealCard
      },
    });
  }, []);
  return { box, over };
}
