import { Button, Group, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import type { Message } from '../records.ts';
import styles from './mail-body.module.css';
import { texts } from './texts.ts';

/** A mail on a timeline: folded until wanted, then read whole; with its formatting inside a frame that may do nothing. */
export function MailBody({ messageId, teaser, outgoing }: { messageId: string; teaser: string | null; outgoing: boolean }) {
  const [open, { toggle }] = useDisclosure();
  const { data: message, error } = useQuery({
    queryKey: ['message', messageId],
    queryFn: ({ signal }) => call<Message>('GET', `/messages/${messageId}`, { signal }),
    enabled: open || outgoing,
  });
  return (
    <>
      {message?.send && message.send.state !== 'sent' ? (
        <Text size="sm" c={message.send.state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
          {texts.sendStates[message.send.state]}
          {message.send.error === null ? '' : `: ${message.send.error}`}
        </Text>
      ) : null}
      {open || teaser === null ? null : (
        <Text size="sm" mt={4} className={`wrap ${styles.teaser}`}>
          {teaser}
        </Text>
      )}
      {open && message === undefined && error === null ? <Skeleton h={60} mt={6} /> : null}
      {open ? <FormError error={error} /> : null}
      {open && message !== undefined ? <Whole message={message} /> : null}
      <Button size="compact-xs" variant="subtle" ml={-8} mt={2} onClick={toggle} aria-expanded={open}>
        {open ? texts.hideMail : texts.readMail}
      </Button>
    </>
  );
}

function Whole({ message }: { message: Message }) {
  const [formatted, setFormatted] = useState(message.text === null);
  const people = message.participants.map(
    ({ role, name, address }) =>
      `${role}: ${[name, address === null ? '' : name === '' ? address : `<${address}>`].filter(Boolean).join(' ')}`,
  );
  return (
    <>
      <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: 'anywhere' }}>
        {people.join(' · ')}
      </Text>
      {message.openness === 'metadata' || message.openness === 'subject' ? (
        <Text size="sm" c="dimmed">
          {texts.hidden}
        </Text>
      ) : null}
      {formatted && message.html !== null ? (
        // Neither scripts nor forms nor our origin: the frame may show, and nothing else. The page's policy lets it load no picture from afar.
        <iframe className={styles.frame} sandbox="" srcDoc={message.html} title={texts.frame} referrerPolicy="no-referrer" />
      ) : message.text === null ? null : (
        <Text size="sm" mt={4} className="wrap">
          {message.text}
        </Text>
      )}
      {message.damaged ? (
        <Text size="xs" c="dimmed">
          {texts.damaged}
        </Text>
      ) : null}
      {message.attachments.length === 0 ? null : (
        <Text size="xs" c="dimmed" mt={4}>
          {texts.attachments(message.attachments.map(({ filename, contentType }) => filename ?? contentType).join(', '))}
        </Text>
      )}
      {message.html !== null && message.text !== null ? (
        <Group>
          <Button size="compact-xs" variant="subtle" ml={-8} onClick={() => setFormatted(!formatted)}>
            {formatted ? texts.readText : texts.readHtml}
          </Button>
        </Group>
      ) : null}
    </>
  );
}
