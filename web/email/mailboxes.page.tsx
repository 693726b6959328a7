import { Button, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMail } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { FormError } from '../form.tsx';
import { Empty } from '../shell/empty.tsx';
import { NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { texts as shared } from '../texts.ts';
import { ConnectMailbox } from './connect-mailbox.tsx';
import { MailboxCard } from './mailbox-card.tsx';
import { mailboxesQuery } from './mailboxes.ts';
import { texts } from './texts.ts';

/** The mailboxes: connect one, see how far its import is and how it fares. */
export function MailboxesPage() {
  const { data, error } = useQuery(mailboxesQuery);
  const [opened, dialog] = useDisclosure();
  return (
    <Page title={shared.mailboxes} tools={<NewButton label={texts.connect} onClick={dialog.open} />}>
      <Text c="dimmed" mb="sm">
        {texts.intro}
      </Text>
      <FormError error={error} />
      {data === undefined && error === null ? <Skeleton h={140} /> : null}
      {data?.data.length === 0 ? (
        <div className="panel">
          <Empty icon={IconMail} title={texts.emptyTitle} action={<Button onClick={dialog.open}>{texts.connect}</Button>}>
            {texts.empty}
          </Empty>
        </div>
      ) : null}
      <Stack gap="sm">
        {data?.data.map((mailbox) => (
          <MailboxCard key={mailbox.id} mailbox={mailbox} />
        ))}
      </Stack>
      <Modal opened={opened} onClose={dialog.close} size="lg" title={texts.connect}>
        <ConnectMailbox onDone={dialog.close} />
      </Modal>
    </Page>
  );
}
