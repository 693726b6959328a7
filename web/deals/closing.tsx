import { Button, Modal, NativeSelect, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Form } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Deal } from '../records.ts';
import { type Move, useMoveDeal } from './cards.ts';
import { texts } from './texts.ts';

/**
 * Moves of deals as people make them. Before one is lost, and before one is won where its pipeline asks for reasons, the dialog asks why;
 * closing it leaves the deal where it is.
 */
export function useMoves(): { move(next: Move): void; dialog: ReactNode } {
  const { mutate } = useMoveDeal();
  const { data: pipelines } = useQuery(pipelinesQuery);
  const [asked, setAsked] = useState<Move | null>(null);
  const asks = ({ deal, to }: Move): boolean => {
    if (to.kind === 'open' || to.kind === deal.status) return false;
    const pipeline = pipelines?.data.find(({ id }) => id === deal.pipelineId);
    return to.kind === 'lost' || pipeline?.wonReasonRequired === true || (pipeline?.wonReasons.length ?? 0) > 0;
  };
  const dialog = (
    <ClosingReason
      move={asked}
      onClose={() => setAsked(null)}
      onReason={(reason) => {
        if (asked !== null) mutate({ ...asked, reason });
        setAsked(null);
      }}
    />
  );
  return { move: (next) => (asks(next) ? setAsked(next) : mutate(next)), dialog };
}

interface ClosingReasonProps {
  /** A move to a stage where deals are won or lost; null while nothing is asked. */
  move: Move | null;
  onClose(): void;
  onReason(reason: string): void;
}

/** Asks why a deal is won or lost: one of its pipeline's reasons, or in words where the pipeline has no list. */
function ClosingReason({ move, onClose, onReason }: ClosingReasonProps) {
  const isWon = move?.to.kind === 'won';
  const name = move?.deal.name ?? '';
  return (
    <Modal opened={move !== null} onClose={onClose} title={isWon ? texts.wonTitle(name) : texts.lostTitle(name)}>
      {move === null ? null : <ReasonForm deal={move.deal} isWon={isWon} onReason={onReason} />}
    </Modal>
  );
}

function ReasonForm({ deal, isWon, onReason }: { deal: Deal; isWon: boolean; onReason(reason: string): void }) {
  const [reason, setReason] = useState('');
  const { data: pipelines } = useQuery(pipelinesQuery);
  const pipeline = pipelines?.data.find(({ id }) => id === deal.pipelineId);
  const reasons = (isWon ? pipeline?.wonReasons : pipeline?.lostReasons) ?? [];
  const common = {
    label: texts.reason,
    description: isWon ? texts.wonHint : texts.lostHint,
    required: !isWon || pipeline?.wonReasonRequired === true,
    'data-autofocus': true,
    value: reason,
    onChange: (event: { currentTarget: { value: string } }) => setReason(event.currentTarget.value),
  };
  const submit = (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    onReason(reason.trim());
  };
  return (
    <Form onSubmit={submit}>
      {reasons.length > 0 ? (
        <NativeSelect {...common} data={['', ...reasons]} />
      ) : (
        <Textarea {...common} autosize minRows={2} maxLength={1_000} />
      )}
      <Button type="submit" color={isWon ? 'teal.9' : 'red.9'}>
        {isWon ? texts.markWon : texts.markLost}
      </Button>
    </Form>
  );
}
