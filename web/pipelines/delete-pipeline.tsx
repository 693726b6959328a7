import { Button, Select, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Pipeline } from '../records.ts';
import { texts } from './texts.ts';

/** Deletes a pipeline, and asks where its deals go. */
export function DeletePipeline({ pipeline, others, onDone }: { pipeline: Pipeline; others: Pipeline[]; onDone(): void }) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { moveDealsTo: others[0]?.id ?? null },
    send: ({ moveDealsTo }) =>
      call<void>('DELETE', `/pipelines/${pipeline.id}`, { query: { moveDealsTo }, version: pipeline.version }),
    done: async () => {
      await client.invalidateQueries({ queryKey: pipelinesQuery.queryKey });
      void client.invalidateQueries({ queryKey: ['deals'] });
      onDone();
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{texts.deletePipelineText}</Text>
      <Select
        label={texts.moveDealsTo}
        clearable
        placeholder={texts.nowhere}
        data={others.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('moveDealsTo')}
      />
      <FormError error={error} known={['moveDealsTo']} />
      <Button type="submit" color="red.9" loading={pending}>
        {texts.delete}
      </Button>
    </Form>
  );
}
