import { Button, Checkbox, Radio, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type Page } from '../api.ts';
import { Form, FormError, useApiForm } from '../form.tsx';
import type { Listed } from '../lists/objects.ts';
import { meQuery } from '../queries.ts';
import type { Team } from '../records.ts';
import { texts as shared } from '../texts.ts';
import { texts } from './texts.ts';
import { type View, viewsQuery } from './views.ts';

interface ViewFormProps {
  object: Listed;
  /** The view to change; null for a new one. */
  view: View | null;
  /** What a new view keeps. */
  settings: object;
  onDone(view: View): void;
}

/** Names a view and says who sees it. */
export function ViewForm({ object, view, settings, onDone }: ViewFormProps) {
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const { data: teams } = useQuery({
    queryKey: ['teams'],
    queryFn: ({ signal }) => call<Page<Team>>('GET', '/teams', { signal }),
  });
  const mine = (teams?.data ?? []).filter(({ userIds }) => me?.user != null && userIds.includes(me.user.id));
  const { form, onSubmit, pending, error } = useApiForm({
    initial: {
      name: view?.name ?? '',
      access: view?.access ?? 'private',
      teamId: view?.teamId ?? (null as string | null),
      isDefault: view?.isDefault ?? false,
    },
    send: ({ teamId, ...values }) => {
      const body = { ...values, teamId: values.access === 'team' ? teamId : null };
      return view === null
        ? call<View>('POST', '/views', { body: { object, ...settings, ...body } })
        : call<View>('PATCH', `/views/${view.id}`, { body, version: view.version });
    },
    done: async (saved) => {
      await client.invalidateQueries({ queryKey: viewsQuery(object).queryKey });
      onDone(saved);
    },
  });
  return (
    <Form onSubmit={onSubmit}>
      {view === null ? (
        <Text size="sm" c="dimmed">
          {texts.hint}
        </Text>
      ) : null}
      <TextInput label={texts.name} required maxLength={100} autoFocus {...form.getInputProps('name')} />
      <Radio.Group label={texts.access} {...form.getInputProps('access')}>
        <Stack gap={6} mt={4}>
          {Object.entries(texts.accesses).map(([value, label]) => (
            <Radio key={value} value={value} label={label} disabled={value === 'team' && mine.length === 0} />
          ))}
        </Stack>
      </Radio.Group>
      {teams !== undefined && mine.length === 0 ? (
        <Text size="xs" c="dimmed">
          {texts.noTeam}
        </Text>
      ) : null}
      {form.values.access === 'team' ? (
        <Select
          label={texts.team}
          required
          data={mine.map(({ id, name }) => ({ value: id, label: name }))}
          {...form.getInputProps('teamId')}
        />
      ) : null}
      <Checkbox label={texts.isDefaultLabel} {...form.getInputProps('isDefault', { type: 'checkbox' })} />
      <FormError error={error} known={['name', 'teamId', 'access']} />
      <Button type="submit" loading={pending}>
        {shared.save}
      </Button>
    </Form>
  );
}
