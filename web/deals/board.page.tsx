import { Button, Modal, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLayoutKanban, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FormError } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Stage } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import styles from './board.module.css';
import { BoardColumn } from './board-column.tsx';
import { type Move, totalsQuery, useMoveDeal } from './cards.ts';
import { LostReason } from './lost-reason.tsx';
import { NewDeal } from './new-deal.tsx';
import { texts } from './texts.ts';

/** The board of the default pipeline: a column per stage, cards that are dragged or moved by menu. */
export function BoardPage() {
  const { data: pipelines, error } = useQuery(pipelinesQuery);
  const { data: totals } = useQuery(totalsQuery);
  const [opened, dialog] = useDisclosure();
  const stages = (pipelines?.data.find(({ isDefault }) => isDefault) ?? pipelines?.data[0])?.stages;
  const tools = (
    <Button size="xs" h={34} leftSection={<IconPlus size={16} />} onClick={dialog.open} data-page-new>
      {texts.newDeal}
    </Button>
  );
  return (
    <Page title={shared.deals} fill tools={tools}>
      <FormError error={error} />
      {totals?.data.length === 0 ? (
        <div className="panel">
          <Empty icon={IconLayoutKanban} title={texts.emptyTitle} action={<Button onClick={dialog.open}>{texts.newDeal}</Button>}>
            {texts.empty}
          </Empty>
        </div>
      ) : null}
      {stages === undefined ? (
        <Skeleton h="60vh" />
      ) : totals?.data.length === 0 ? null : (
        <Board stages={stages} totals={totals?.data ?? []} />
      )}
      <Modal opened={opened} onClose={dialog.close} title={texts.newDeal} closeButtonProps={{ 'aria-label': shared.close }}>
        <NewDeal onDone={dialog.close} />
      </Modal>
    </Page>
  );
}

function Board({ stages, totals }: { stages: Stage[]; totals: Parameters<typeof BoardColumn>[0]['totals'] }) {
  const move = useMoveDeal();
  const [lost, setLost] = useState<Move | null>(null);
  const begin = (next: Move) => {
    if (next.to.kind === 'lost' && next.deal.status !== 'lost') setLost(next);
    else move.mutate(next);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
    <section className={styles.board} tabIndex={0} aria-label={shared.deals}>
      {stages.map((stage) => (
        <BoardColumn
          key={stage.key}
          stage={stage}
          stages={stages}
          totals={totals.filter((total) => total.stage === stage.key)}
          onMove={begin}
        />
      ))}
      <LostReason
        deal={lost?.deal ?? null}
        onClose={() => setLost(null)}
        onReason={(reason) => {
          if (lost !== null) move.mutate({ ...lost, reason });
          setLost(null);
        }}
      />
    </section>
  );
}
