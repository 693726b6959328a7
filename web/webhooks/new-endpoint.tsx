import { Alert, Button, Stack, TagsInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { eventTypes } from '../live.ts';
import type { NewWebhookEndpoint } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

/** Makes an endpoint, and shows its secret (once). */
export function NewEndpoint({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const [made, setMade] = useState<NewWebhookEndpoint | null>(null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { url: '', description: '', eventTypes: [] as string[] },
    send: (values) =>
      call<NewWebhookEndpoint>('POST', '/webhook-endpoints', {
        body: { ...values, eventTypes: values.eventTypes.length === 0 ? null : values.eventTypes },
      }),
    done: (endpoint) => {
      setMade(endpoint);
      void client.invalidateQueries({ queryKey: ['webhook-endpoints'] });
    },
  });
  if (made !== null) {
    return (
      <Stack gap="sm">
        <Alert color="green" c="var(--mantine-color-text)">
          {texts.secretOnce}
        </Alert>
        <Copyable text={made.secret} label={texts.secret} />
        <Button onClick={onDone}>{shared.close}</Button>
      </Stack>
    );
  }
  return (
    <Form onSubmit={onSubmit}>
      <TextInput
        label={texts.url}
        placeholder="https://example.com/hooks"
        required
        data-autofocus
        {...form.getInputProps('url')}
      />
      <TextInput label={texts.description} {...form.getInputProps('description')} />
      <TagsInput
        label={texts.eventTypes}
        description={texts.eventTypesHint}
        data={eventTypes}
        clearable
        {...form.getInputProps('eventTypes')}
      />
      <FormError error={error} known={['url', 'description', 'eventTypes']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
