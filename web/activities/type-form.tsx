import { Button, Checkbox, Radio, SimpleGrid, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import { keyFor } from '../key-for.ts';
import { texts as shared } from '../texts.ts';
import { icons } from './icons.ts';
import styles from './type-form.module.css';
import { texts } from './types.texts.ts';
import { type ActivityType, activityTypesQuery } from './types.ts';

interface TypeFormProps {
  /** The type to edit; null for a new one. */
  type: ActivityType | null;
  /** All types there are. */
  taken: readonly ActivityType[];
  onDone(): void;
}

/** Makes a type of activity, or edits one: its label, its icon, and whether it counts as contact. */
export function TypeForm({ type, taken, onDone }: TypeFormProps) {
  const client = useQueryClient();
  const { form, onSubmit, pending, error } = useApiForm({
    initial: {
      label: type?.label ?? '',
      key: '',
      icon: type?.icon ?? 'bolt',
      countsAsContact: type?.countsAsContact ?? false,
    },
    send: ({ key, ...values }) =>
      type === null
        ? call<ActivityType>('POST', '/activity-types', { body: { ...values, key: key || derived } })
        : call<ActivityType>('PATCH', `/activity-types/${type.id}`, { body: values, version: type.version }),
    done: () => {
      void client.invalidateQueries({ queryKey: activityTypesQuery.queryKey });
      onDone();
    },
  });
  const derived = keyFor(form.values.label, { taken: taken.map(({ key }) => key), otherwise: 'type' });
  return (
    <Form onSubmit={onSubmit}>
      <TextInput label={texts.label} required maxLength={100} data-autofocus {...form.getInputProps('label')} />
      {type === null ? (
        <TextInput
          label={texts.key}
          description={texts.keyHint}
          maxLength={40}
          placeholder={form.values.label === '' ? 'site_visit' : derived}
          {...form.getInputProps('key')}
        />
      ) : null}
      <Radio.Group label={texts.icon} {...form.getInputProps('icon')}>
        <SimpleGrid cols={{ base: 8, xs: 10 }} spacing={4} mt={4}>
          {Object.entries(icons).map(([name, Sign]) => (
            <Radio.Card key={name} value={name} aria-label={name.replaceAll('-', ' ')} className={styles.icon}>
              <Sign size={18} stroke={1.6} aria-hidden />
            </Radio.Card>
          ))}
        </SimpleGrid>
      </Radio.Group>
      <Checkbox
        label={texts.countsAsContact}
        description={texts.countsHint}
        {...form.getInputProps('countsAsContact', { type: 'checkbox' })}
      />
      <FormError error={error} known={['label', 'key', 'icon', 'countsAsContact']} />
      <Button type="submit" loading={pending}>
        {type === null ? shared.create : shared.save}
      </Button>
    </Form>
  );
}
