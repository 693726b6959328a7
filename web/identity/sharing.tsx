import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconShare } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Noun } from '../records.ts';
import { useRights } from './allowed.ts';
import { ShareList } from './share-list.tsx';
import { sharesQuery } from './shares.ts';
import { texts } from './sharing.texts.ts';

interface SharingProps {
  noun: Noun;
  record: { id: string; name: string; ownerId: string | null };
}

/** Who sees a record besides those whom it is open to anyway; whoever may edit it shares it, others see with whom it is shared. */
export function Sharing({ noun, record }: SharingProps) {
  const { edit } = useRights(noun, record.id);
  const { data } = useQuery(sharesQuery(noun, record.id));
  const [opened, dialog] = useDisclosure();
  const count = data?.data.length ?? 0;
  if (!edit && count === 0) return null;
  return (
    <>
      <Button variant="default" size="xs" h={34} leftSection={<IconShare size={15} />} onClick={dialog.open}>
        {count === 0 ? texts.share : texts.shared(count)}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={edit ? texts.title(record.name) : texts.titleOf(record.name)}>
        <ShareList noun={noun} record={record} mayShare={edit} />
      </Modal>
    </>
  );
}
