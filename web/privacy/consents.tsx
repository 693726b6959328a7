import { Badge, Button, Group, Modal, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { FormError } from '../form.tsx';
import { useRights } from '../identity/allowed.ts';
import type { Consent } from '../records.ts';
import { dayOf, momentOf } from '../times.ts';
import { ConsentForm, type Draft } from './consent-form.tsx';
import { texts } from './texts.ts';

/** What a contact's data may be used for: each purpose with its basis, how that is known and since when; given and withdrawn here. */
export function Consents({ contactId }: { contactId: string }) {
  const { edit: mayEdit } = useRights('contact', contactId);
  const [draft, setDraft] = useState<Draft | null>(null);
  const { data, error } = useQuery({
    queryKey: ['consents', contactId],
    queryFn: ({ signal }) => call<{ data: Consent[] }>('GET', `/contacts/${contactId}/consents`, { signal }),
  });
  return (
    <Stack gap={6} mt="md" px={8} component="section" aria-label={texts.consents}>
      <Title order={2} fz="sm">
        {texts.consents}
      </Title>
      <FormError error={error} />
      {data === undefined && error === null ? <Skeleton h={24} /> : null}
      {data?.data.length === 0 ? <Text c="dimmed">{texts.noConsents}</Text> : null}
      {data?.data.map((consent) => (
        <Row key={consent.purpose} consent={consent} {...(mayEdit ? { onChange: setDraft } : {})} />
      ))}
      {mayEdit ? (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={() => setDraft({ purpose: '', status: 'given', basis: 'consent' })}
          style={{ alignSelf: 'flex-start' }}
          ml={-8}
        >
          {texts.addConsent}
        </Button>
      ) : null}
      <Modal
        opened={draft !== null}
        onClose={() => setDraft(null)}
        title={draft === null || draft.purpose === '' ? texts.addConsent : texts.changeConsent(draft.purpose)}
      >
        {draft === null ? null : <ConsentForm contactId={contactId} draft={draft} onDone={() => setDraft(null)} />}
      </Modal>
    </Stack>
  );
}

function Row({ consent, onChange }: { consent: Consent; onChange?(draft: Draft): void }) {
  const { purpose, status, basis, source, since } = consent;
  const isGiven = status === 'given';
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
      <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Group gap={6}>
          <Text size="sm">{purpose}</Text>
          <Badge size="xs" variant="light" color={isGiven ? 'green' : 'red'}>
            {texts.statuses[status]}
          </Badge>
        </Group>
        <Text size="xs" c="dimmed" title={momentOf(since)}>
          {[texts.bases[basis], source, texts.sinceDay(dayOf(since))].filter(Boolean).join(' · ')}
        </Text>
      </div>
      {onChange === undefined ? null : (
        <Button
          size="compact-xs"
          variant="default"
          style={{ flexShrink: 0 }}
          aria-label={isGiven ? texts.withdrawPurpose(purpose) : texts.givePurpose(purpose)}
          onClick={() => onChange({ purpose, basis, status: isGiven ? 'withdrawn' : 'given' })}
        >
          {isGiven ? texts.withdraw : texts.give}
        </Button>
      )}
    </Group>
  );
}
