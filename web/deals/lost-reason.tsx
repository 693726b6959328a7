import { Button, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Form } from '../form.tsx';
import type { Deal } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

/** Asks why a deal was lost, before it is. Closing it leaves the deal where it is. */
export function LostReason({ deal, onClose, onReason }: { deal: Deal | null; onClose(): void; onReason(reason: string): void }) {
  const [reason, setReason] = useState('');
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
        <Button type="submit" color="red.9">
          {texts.markLost}
        </Button>
      </Form>
    </Modal>
  );
}
