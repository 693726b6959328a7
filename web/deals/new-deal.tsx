import { Button, Group, Select, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, filled, useApiForm } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import { RecordPicker } from '../records/picker.tsx';
import type { Deal, Pipeline } from '../records.ts';
import { texts as shared } from '../texts.ts';
import type { With } from './deals-of.tsx';
import { texts } from './texts.ts';

const currencies = ['USD', 'EUR', 'GBP', 'CHF', 'JPY', 'CAD', 'AUD', 'SEK', 'NOK', 'DKK', 'PLN', 'INR', 'BRL'];
const known = ['name', 'amount', 'currency', 'stage', 'expectedCloseDate', 'contactId', 'companyId'];

interface NewDealProps {
  pipeline?: Pipeline | undefined;
  begin?: With;
  onDone(): void;
}

/** Makes a deal in a pipeline, the default one unless told; it appears on the board at once. */
export function NewDeal({ pipeline, begin = {}, onDone }: NewDealProps) {
  const client = useQueryClient();
  const { data: pipelines } = useQuery(pipelinesQuery);
  const { form, onSubmit, pending, error } = useApiForm({
    initial: {
      name: '',
      amount: '',
      currency: 'USD',
      stage: null as string | null,
      expectedCloseDate: null as string | null,
      pipelineId: pipeline?.id ?? null,
      contactId: begin.contactId ?? null,
      companyId: begin.companyId ?? null,
    },
    send: (values) => call<Deal>('POST', '/deals', { body: filled(values) }),
    done: () => {
      void client.invalidateQueries({ queryKey: ['deals'] });
      onDone();
    },
  });
  const all = pipelines?.data ?? [];
  const chosen = all.find(({ id }) => id === form.values.pipelineId) ?? all.find(({ isDefault }) => isDefault);
  const stages = (chosen?.stages ?? []).filter(({ kind }) => kind === 'open');
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.name} required data-autofocus {...form.getInputProps('name')} />
      <Group grow align="flex-start" gap="sm">
        <TextInput label={texts.amount} inputMode="decimal" placeholder="1200.50" {...form.getInputProps('amount')} />
        <Select label={texts.currency} data={currencies} searchable allowDeselect={false} {...form.getInputProps('currency')} />
      </Group>
      {all.length < 2 ? null : (
        <Select
          label={texts.pipeline}
          data={all.map(({ id, name }) => ({ value: id, label: name }))}
          allowDeselect={false}
          value={chosen?.id ?? null}
          onChange={(id) => form.setValues({ pipelineId: id, stage: null })}
        />
      )}
      <Group grow align="flex-start" gap="sm">
        <Select
          label={texts.stage}
          data={stages.map(({ key, name }) => ({ value: key, label: name }))}
          placeholder={stages[0]?.name ?? ''}
          clearable
          {...form.getInputProps('stage')}
        />
        <DateInput label={texts.expectedClose} valueFormat="YYYY-MM-DD" clearable {...form.getInputProps('expectedCloseDate')} />
      </Group>
      <RecordPicker
        label={texts.contact}
        list="contacts"
        valueName={begin.contactName ?? null}
        {...form.getInputProps('contactId')}
      />
      <RecordPicker
        label={texts.company}
        list="companies"
        valueName={begin.companyName ?? null}
        {...form.getInputProps('companyId')}
      />
      <FormError error={error} known={known} />
      <Button type="submit" loading={pending}>
        {shared.create}
      </Button>
    </Form>
  );
}
