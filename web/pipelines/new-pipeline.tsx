import { Button, Select, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Pipeline } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';

/** Makes a pipeline with the stages of another, to be changed from there. */
export function NewPipeline({ pipelines, onDone }: { pipelines: readonly Pipeline[]; onDone(id: string): void }) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { name: '', copyOf: pipelines.find(({ isDefault }) => isDefault)?.id ?? null },
    send: ({ name, copyOf }) => {
      const { stages = [] } = pipelines.find(({ id }) => id === copyOf) ?? {};
      return call<Pipeline>('POST', '/pipelines', { body: { name, stages } });
    },
    done: async ({ id }) => {
      await client.invalidateQueries({ queryKey: pipelinesQuery.queryKey });
      onDone(id);
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} required maxLength={200} data-autofocus {...form.getInputProps('name')} />
      <Select
        label={texts.copyOf}
        allowDeselect={false}
        data={pipelines.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('copyOf')}
      />
      <FormError error={error} known={['name']} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
