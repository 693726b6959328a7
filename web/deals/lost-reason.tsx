import { Button, Modal, NativeSelect, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Form } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Deal } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

/** Asks why a deal was lost, before it is: one of its pipeline's reasons, or in words where the pipeline has no list. Closing it leaves the deal where it is. */
export function LostReason({ deal, onClose, onReason }: { deal: Deal | null; onClose(): void; onReason(reason: string): void }) {
  const [reason, setReason] = useState('');
  const pipelines = useQuery(pipelinesQuery);
  const reasons = pipelines.data?.data.find(({ id }) => id === deal?.pipelineId)?.lostReasons ?? [];
  const submit = (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    onReason(reason.trim());
    setReason('');
  };
  return (
    <Modal
      opened={deal !== null}
      onClose={onClose}
      title={texts.lostTitle(deal?.name ?? '')}
      closeButtonProps={{ 'aria-label': shared.close }}
    >
      <Form onSubmit={submit}>
        {reasons.length > 0 ? (
          <NativeSelect
            label={texts.reason}
            description={texts.lostHint}
            data={['', ...reasons]}
            required
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        ) : (
          <Textarea
            label={texts.reason}
            description={texts.lostHint}
            autosize
            minRows={2}
            maxLength={1_000}
            required
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
        <Button type="submit" color="red.9">
          {texts.markLost}
        </Button>
      </Form>
    </Modal>
  );
}
