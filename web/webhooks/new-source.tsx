import { Alert, Button, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { NewWebhookSource } from '../records.ts';
import { Copyable } from '../shell/copyable.tsx';
import { texts as shared } from '../texts.ts';
import { curlFor } from './curl.ts';
import { texts } from './texts.ts';

/** Makes a source, and shows its address, its secret (once) and a command that tries it. */
export function NewSource({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const [made, setMade] = useState<NewWebhookSource | null>(null);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', preset: 'standard', mapping: texts.sampleMapping },
    send: (body) => call<NewWebhookSource>('POST', '/webhook-sources', { body }),
    done: (source) => {
      setMade(source);
      void client.invalidateQueries({ queryKey: ['webhook-sources'] });
    },
  });
  if (made !== null) return <Made source={made} onDone={onDone} />;
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} description={texts.nameHint} required data-autofocus {...form.getInputProps('name')} />
      <Select
        label={texts.preset}
        allowDeselect={false}
        data={Object.entries(texts.presets).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps('preset')}
      />
      <Textarea
        label={texts.mapping}
        description={texts.mappingHint}
        autosize
        minRows={4}
        maxRows={16}
        required
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12.5 } }}
        {...form.getInputProps('mapping')}
      />
      <FormError error={error} known={['name', 'preset', 'mapping']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}

function Made({ source, onDone }: { source: NewWebhookSource; onDone(): void }) {
  return (
    <Stack gap="sm">
      <Alert color="green" c="var(--mantine-color-text)">
        {texts.secretOnce}
      </Alert>
      <Text size="sm" fw={600}>
        {texts.secret}
      </Text>
      <Copyable text={source.secret} label={texts.secret} />
      <Text size="sm" fw={600}>
        {texts.address}
      </Text>
      <Copyable text={source.url} label={texts.address} />
      <Text size="sm" fw={600}>
        {texts.curl}
      </Text>
      <Copyable text={curlFor(source)} label={texts.curl} />
      <Button onClick={onDone}>{shared.close}</Button>
    </Stack>
  );
}
