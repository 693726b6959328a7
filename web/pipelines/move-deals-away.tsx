import { Button, Select, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Pipeline, Stage } from '../records.ts';
import { texts } from './texts.ts';

/** Deletes a stage that holds deals, after asking which stage of its kind takes them. */
export function MoveDealsAway({ pipeline, stage, onDone }: { pipeline: Pipeline; stage: Stage; onDone(): void }) {
  const client = useQueryClient();
  const others = pipeline.stages.filter(({ key, kind }) => key !== stage.key && kind === stage.kind);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: { moveDealsTo: others[0]?.key ?? null },
    send: ({ moveDealsTo }) =>
      call<Pipeline>('DELETE', `/pipelines/${pipeline.id}/stages/${stage.key}`, { query: { moveDealsTo } }),
    done: () => {
      void client.invalidateQueries({ queryKey: pipelinesQuery.queryKey });
      void client.invalidateQueries({ queryKey: ['deals'] });
      onDone();
    },
  });
  if (others.length === 0) return <Text size="sm">{texts.noOther}</Text>;
  return (
    <Form onSubmit={onSubmit}>
      <Text size="sm">{texts.stageHoldsText}</Text>
      <Select
        label={texts.into}
        allowDeselect={false}
        data={others.map(({ key, name }) => ({ value: key, label: name }))}
        {...form.getInputProps('moveDealsTo')}
      />
      <FormError error={error} known={['moveDealsTo']} />
      <Button type="submit" color="red.9" loading={pending}>
        {texts.moveAndDelete}
      </Button>
    </Form>
  );
}
