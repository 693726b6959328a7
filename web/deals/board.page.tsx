import { Button, Modal, Select, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLayoutKanban } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FormError } from '../form.tsx';
import { useAllowed } from '../identity/allowed.ts';
import { pipelinesQuery } from '../queries.ts';
import type { Pipeline, PipelineSummary, Stage } from '../records.ts';
import { Empty } from '../shell/empty.tsx';
import { NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { WaySwitch } from '../shell/way-switch.tsx';
import { texts as shared } from '../texts.ts';
import { moneyOf } from '../times.ts';
import styles from './board.module.css';
import { BoardColumn } from './board-column.tsx';
import { summaryQuery } from './cards.ts';
import { useMoves } from './closing.tsx';
import { NewDeal } from './new-deal.tsx';
import { texts } from './texts.ts';
import { ways } from './ways.ts';

/** The board of a pipeline: a column per stage, cards that are dragged or moved by menu. */
export function BoardPage() {
  const { data: pipelines, error } = useQuery(pipelinesQuery);
  const { pipeline: chosen } = useSearch({ from: '/inside/deals' });
  const [opened, dialog] = useDisclosure();
  const { can } = useAllowed();
  const all = pipelines?.data ?? [];
  const pipeline = all.find(({ id }) => id === chosen) ?? all.find(({ isDefault }) => isDefault) ?? all[0];
  const tools = (
    <>
      <PipelineSwitch pipelines={all} value={pipeline?.id ?? null} />
      <WaySwitch ways={ways} />
      {can('deal', 'create') ? <NewButton label={texts.newDeal} onClick={dialog.open} /> : null}
    </>
  );
  return (
    <Page title={shared.deals} fill tools={tools}>
      <FormError error={error} />
      {pipeline === undefined ? <Skeleton h="60vh" /> : <Board key={pipeline.id} pipeline={pipeline} onNew={dialog.open} />}
      <Modal opened={opened} onClose={dialog.close} title={texts.newDeal}>
        <NewDeal pipeline={pipeline} onDone={dialog.close} />
      </Modal>
    </Page>
  );
}

/** Which pipeline the board shows; it is in the address. */
function PipelineSwitch({ pipelines, value }: { pipelines: Pipeline[]; value: string | null }) {
  const navigate = useNavigate();
  if (pipelines.length < 2) return null;
  return (
    <Select
      size="sm"
      w={180}
      aria-label={texts.pipeline}
      allowDeselect={false}
      data={pipelines.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={(id) => void navigate({ to: '/deals', search: { pipeline: id ?? undefined } })}
    />
  );
}

/** What the open deals add up to, as they are and by their probability. */
function Sums({ stages, summary }: { stages: Stage[]; summary: PipelineSummary | undefined }) {
  const open = (summary?.stages ?? []).filter(({ stage }) => stages.find(({ key }) => key === stage)?.kind === 'open');
  const currencies = [...new Set(open.map(({ currency }) => currency))].sort();
  const sumOf = (which: 'amount' | 'weighted') =>
    currencies
      .map(
        (currency) =>
          [currency, open.reduce((sum, one) => sum + (one.currency === currency ? Number(one[which]) : 0), 0)] as const,
      )
      .filter(([, sum]) => sum !== 0)
      .map(([currency, sum]) => moneyOf(sum, currency))
      .join(' · ');
  const amount = sumOf('amount');
  if (summary !== undefined && amount === '') return null;
  // While it is read its line is kept: the cards below are not to move under a hand.
  return (
    <Text size="sm" c="dimmed" mt={-6} mb={8} mih={22}>
      {amount === '' ? null : texts.openSum(amount, sumOf('weighted'))}
    </Text>
  );
}

function Board({ pipeline: { id, stages }, onNew }: { pipeline: Pipeline; onNew(): void }) {
  const { can } = useAllowed();
  const { data: summary } = useQuery(summaryQuery(id));
  const { move, dialog } = useMoves();
  if (summary?.stages.length === 0) {
    return (
      <div className="panel">
        <Empty
          icon={IconLayoutKanban}
          title={texts.emptyTitle}
          action={can('deal', 'create') ? <Button onClick={onNew}>{texts.newDeal}</Button> : undefined}
        >
          {texts.empty}
        </Empty>
      </div>
    );
  }
  return (
    <>
      <Sums stages={stages} summary={summary} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1) */}
      <section className={styles.board} tabIndex={0} aria-label={shared.deals}>
        {stages.map((stage) => (
          <BoardColumn
            key={stage.key}
            pipelineId={id}
            stage={stage}
            stages={stages}
            totals={summary?.stages.filter((total) => total.stage === stage.key)}
            onMove={move}
          />
        ))}
        {dialog}
      </section>
    </>
  );
}
